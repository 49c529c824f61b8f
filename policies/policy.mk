# The verbs that Kubewarden's CI calls in a policy's folder. What they do is in crates/xtask and crates/conformance.
CARGO ?= cargo
KWCTL ?= kwctl
.DEFAULT_GOAL := policy.wasm
.PHONY: policy.wasm test lint e2e-tests clean

policy.wasm:
	cd ../.. && $(CARGO) xtask policies $(ID)
annotated-policy.wasm: policy.wasm metadata.yml README.md
	$(KWCTL) annotate --metadata-path metadata.yml --usage-path README.md --output-path annotated-policy.wasm policy.wasm
test:
	cd ../.. && $(CARGO) xtask conformance $(ID)
lint:
	cd ../.. && $(CARGO) clippy --locked --package policy-$(ID) --all-targets -- -D warnings
# Without kwctl there is nothing to annotate with, and every test says that it is skipped.
e2e-tests: $(if $(shell command -v $(KWCTL)),annotated-policy.wasm)
	KWCTL=$(KWCTL) bats tests/e2e.bats
clean:
	rm -f policy.wasm annotated-policy.wasm
