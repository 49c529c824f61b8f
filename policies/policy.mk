# The verbs that Kubewarden's CI calls in a policy's folder. What they do is in crates/xtask and crates/conformance.
CARGO ?= cargo
.DEFAULT_GOAL := policy.wasm
.PHONY: policy.wasm test lint clean

policy.wasm:
	cd ../.. && $(CARGO) xtask policies $(ID)
annotated-policy.wasm: policy.wasm metadata.yml README.md
	kwctl annotate --metadata-path metadata.yml --usage-path README.md --output-path annotated-policy.wasm policy.wasm
test:
	cd ../.. && $(CARGO) xtask conformance $(ID)
lint:
	cd ../.. && $(CARGO) clippy --locked --package policy-$(ID) --all-targets -- -D warnings
clean:
	rm -f policy.wasm annotated-policy.wasm
