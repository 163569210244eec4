# CI runs the same targets as a person. `make help` lists them all.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export DOTNET_CLI_TELEMETRY_OPTOUT ?= 1
export DOTNET_NOLOGO ?= 1

CONFIGURATION ?= Release
BUILD := dotnet build --configuration $(CONFIGURATION) --verbosity quiet --nologo
BIN = bin/$(CONFIGURATION)/net10.0
PACKAGES := src/Codec/Codec.csproj src/Codec.Onnx/Codec.Onnx.csproj src/CodecClient/CodecClient.csproj \
	src/CodecClient.ImageSharp/CodecClient.ImageSharp.csproj src/CodecClient.Testing/CodecClient.Testing.csproj \
	src/Codec.Tool/Codec.Tool.csproj

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 20

.PHONY: build
build: ## restore and build everything
	@$(BUILD) Codec.sln

.PHONY: test
test: build ## build, then run every test
	@dotnet test --solution Codec.sln --configuration $(CONFIGURATION) --no-build --no-progress

.PHONY: fuzz
fuzz: ## call every RPC with malformed messages: N=100000 calls, SEED=13 (`make test` makes 10,000)
	@$(BUILD) tests/CodecServer.Tests/CodecServer.Tests.csproj
	@CODEC_FUZZ_CALLS=$(or $(N),100000) CODEC_FUZZ_SEED=$(or $(SEED),13) \
		dotnet tests/CodecServer.Tests/$(BIN)/CodecServer.Tests.dll -class "*RpcFuzzTests" -diagnostics

.PHONY: swap
swap: ## move an alias N=1000 times under traffic, and count failed calls and wrong pixels (`make test` moves it 50 times)
	@$(BUILD) tests/CodecServer.Tests/CodecServer.Tests.csproj
	@CODEC_SWAPS=$(or $(N),1000) dotnet tests/CodecServer.Tests/$(BIN)/CodecServer.Tests.dll -class "*HotSwapTests" -diagnostics

.PHONY: demo
demo: ## train on faces, publish, stream, decode locally, compare with JPEG, WebP and AVIF (IMAGES=folder streams your pictures)
	@echo "Restoring and building (the first time downloads TorchSharp, which is large)…"
	@$(BUILD) bench/Bench.csproj && $(BUILD) src/Trainer/Trainer.csproj && $(BUILD) src/CodecServer/CodecServer.csproj
	@bench/$(BIN)/bench demo $(if $(IMAGES),--images "$(IMAGES)") $(ARGS)

.PHONY: train-photos
train-photos: ## retrain models/photos.codec, about 11 minutes on two cores; resumes where it was stopped
	@$(BUILD) src/Trainer/Trainer.csproj
	@dotnet src/Trainer/$(BIN)/trainer.dll train photos --portraits 100 --output models/photos.codec $(ARGS)

.PHONY: train-faces-64
train-faces-64: ## retrain models/faces-64.codec, 2 minutes; holds out whole people
	@$(BUILD) src/Trainer/Trainer.csproj
	@dotnet src/Trainer/$(BIN)/trainer.dll train faces --size 64 --hold-out Label --name faces-64 --output models/faces-64.codec $(ARGS)

.PHONY: bench
bench: ## measure against peers: SUITE=faces32 (the default), photos, stream, sdk, load, abuse, picture, training or article
	@for project in bench/Bench src/CodecServer/CodecServer src/Trainer/Trainer src/Codec.Tool/Codec.Tool; do \
		$(BUILD) $$project.csproj || exit 1; \
	done
	@bench/$(BIN)/bench suite $(SUITE) $(ARGS)

.PHONY: results
results: ## measure a suite, keep its figures in bench/results, and write them into README and docs (SUITE=photos; SUITE= writes only)
ifneq ($(SUITE),)
	@$(MAKE) --no-print-directory bench SUITE=$(SUITE)
	@cp artifacts/bench/$(SUITE).json bench/results/
else
	@$(BUILD) bench/Bench.csproj
endif
	@bench/$(BIN)/bench readme

.PHONY: micro
micro: ## time the codec's hot loops alone (ARGS="--filter *", ARGS="--list flat")
	@$(BUILD) bench/Micro/Micro.csproj
	@set -f; bench/Micro/$(BIN)/micro $(ARGS)

.PHONY: article
article: ## run (or resume) every experiment of the article and write artifacts/article/report.html (ARGS="--help")
	@$(BUILD) src/Trainer/Trainer.csproj
	@src/Trainer/$(BIN)/trainer article $(ARGS)

.PHONY: images
images: ## build the container images of server and trainer (needs Docker: `make engine`)
	@eng/images.sh

.PHONY: k8s
k8s: ## render the Kubernetes overlays into artifacts/k8s (needs kustomize or kubectl)
	@mkdir -p artifacts/k8s
	@for overlay in k8s/overlays/*; do \
		eng/kustomize.sh $$overlay > artifacts/k8s/$$(basename $$overlay).yaml && echo "artifacts/k8s/$$(basename $$overlay).yaml" || exit 1; \
	done

.PHONY: engine
engine: ## install and start a Docker engine if none answers (as root; without systemd)
	@eng/docker-up.sh

.PHONY: lint
lint: ## check the layout of all text: CSharpier for C#, lines of at most 140 columns, no trailing spaces
	@eng/lint.sh

.PHONY: format
format: ## format the C# code
	@dotnet tool restore > /dev/null && dotnet csharpier format .

.PHONY: docs
docs: ## write the pages of docs and the API reference of the packages into artifacts/docs, as HTML
	@for project in $(filter-out src/Codec.Tool/%,$(PACKAGES)); do $(BUILD) $$project --property:TargetFramework=net10.0 || exit 1; done
	@dotnet tool restore > /dev/null && dotnet docfx docs/docfx.json --logLevel warning
	@echo artifacts/docs/README.html

.PHONY: pack
pack: ## build the packages into artifacts/packages
	@rm -rf artifacts/packages
	@for project in $(PACKAGES); do \
		dotnet pack $$project --configuration $(CONFIGURATION) --output artifacts/packages --verbosity quiet --nologo || exit 1; \
	done
	@ls artifacts/packages/*.nupkg

.PHONY: native
native: ## compile the command line ahead of time into artifacts/native/codec: it needs no .NET and starts in 10 ms
	@eng/native.sh src/Codec.Tool/Codec.Tool.csproj $(CURDIR)/artifacts/native
	@echo artifacts/native/codec

.PHONY: audit
audit: ## fail if a dependency has a published advisory
	@eng/audit.sh

.PHONY: clean
clean: ## remove all output of builds and runs
	@rm -rf artifacts
	@find . -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
