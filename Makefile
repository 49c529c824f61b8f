# Verbs only. What they do is in crates/xtask (`cargo xtask`).
CARGO ?= cargo
XTASK = $(CARGO) xtask
.DEFAULT_GOAL := help
.PHONY: help need need-node build demo policies policies-reproduce bless-fuel bench-policy bench-operator bench-preview bench-preview-live conformance test js playground image-context lint fmt purity deny generate check-generated bless bench e2e e2e-helm e2e-flux e2e-operator e2e-browser docs fuzz clean

help: ## list the verbs
	@grep -hE '^[a-z0-9 -]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 20
need: # says what is missing before the first compiler error does
	@command -v $(CARGO) >/dev/null || { echo 'make: cargo not found: install Rust 1.95 or later (rustup.rs)' >&2; exit 1; }
	@command -v cc >/dev/null || { echo 'make: no C compiler: Rust links with `cc` (Debian: apt-get install gcc libc6-dev)' >&2; exit 1; }

need-node: need ; @node -e 'process.exit(+(parseInt(process.versions.node) < 20))' 2>/dev/null || { echo 'make: the npm package is tested in Node 20 or later (nodejs.org; Debian: apt-get install nodejs)' >&2; exit 1; }

STATIC = $(if $(wildcard $(shell cc -print-file-name=libc.a)),-- -C target-feature=+crt-static) # starts sooner than a dynamic one
build: need ; $(CARGO) rustc --locked --release --package boltrope --bin boltrope $(STATIC) ## target/release/boltrope
demo: build ; @$(XTASK) $@ ## the three main rules on a real release, as a diff

policies: need ; $(XTASK) $@ ## the Kubewarden policies, policies/<id>/policy.wasm
policies-reproduce: need ; $(XTASK) $@ ## the policies built twice: the same bytes
js: need ; $(XTASK) $@ ## the npm package, crates/js/pkg
playground: need ; $(XTASK) $@ ## the page, target/playground (needs Node)
image-context: need ; $(XTASK) $@ ## target/image: the operator, linked statically, and its Dockerfile
conformance: need-node ; $(XTASK) $@ ## every case in the compiled policies, the npm package, the command and the library

test: need-node ## everything that needs no server
	$(CARGO) test --locked --workspace --exclude conformance --all-features
	$(XTASK) purity
	$(XTASK) check-generated
	$(XTASK) conformance
e2e-helm: SUITES = helm release krm pages accepted chart
e2e-flux: SUITES = flux recovery
e2e-operator: SUITES = image operator
e2e-browser: SUITES = js browser
e2e e2e-helm e2e-flux e2e-operator e2e-browser: build ## in the real Helm 3, Helm 4, kube-apiserver, helm-controller (need Go) and Chromium (needs Node)
	$(CARGO) build --locked --package boltrope-operator
	$(XTASK) e2e $(SUITES)
fuzz: need ## the property tests with many more cases: make fuzz CASES=20000
	PROPTEST_RNG_SEED=$$(date +%s) PROPTEST_CASES=$(or $(CASES),20000) $(CARGO) test --locked --release --workspace --exclude conformance --all-features
bench: build ## criterion, then whole processes beside kustomize, yq and Kyverno (needs Go)
	@$(XTASK) corpus
	$(CARGO) bench --locked --package boltrope --bench pipeline
	$(XTASK) bench
lint: need ## format, clippy, docs and the house rules
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --quiet --locked --workspace --no-deps --all-features
	$(XTASK) lint
fmt: need ; $(CARGO) fmt --all ## format every Rust file
purity: need ; $(XTASK) $@ ## the core needs no file, clock, network or environment
deny: need ; $(XTASK) $@ ## licences, banned crates, sources (`cargo xtask advisories` asks the advisory database)

generate: need ; $(XTASK) $@ ## write what is derived from the code: schema, transform pages
check-generated: need ; $(XTASK) $@ ## fail if `make generate` would change a file
bless: need ; $(XTASK) $@ ## rewrite the expected results of the cases, then show the difference
bless-fuel: need ; $(XTASK) $@ ## record what the policies cost in instructions (crates/conformance/fuel.txt)
bench-operator bench-preview bench-preview-live: need ; $(XTASK) $@ $(PREVIEWS) ## recover over 5,000 HelmReleases; 25,000 copies planned, and in a real API server (PREVIEWS=100: namespaces)
bench-policy: need ; $(XTASK) $@ ## how long a request takes in a policy, beside an empty one
docs: need ; $(CARGO) doc --locked --workspace --no-deps --all-features ## the library's documentation, target/doc/boltrope/index.html
clean: ; $(CARGO) clean ## remove target/
