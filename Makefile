# 需要 / needs: python3 (3.11–3.13), GNU make, 一个软件包源 / a package registry.
PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
STAMP   := $(VENV)/.stamp
UI_PORT ?= 3000
FUZZ_SECONDS ?= 60
# `make test PYTEST_ARGS="-k name"`
PYTEST_ARGS ?=
# `make lock UPGRADE=--upgrade` 升级所有版本 / moves every version
UPGRADE ?=
UV_VERSION := 0.13.9
SPARK_VERSION := 4.3.0

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export GX_ANALYTICS_ENABLED := false
export DAGSTER_DISABLE_TELEMETRY := 1
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# 各目标写同一个 .venv 与 build/ / the targets share .venv and build/
.NOTPARALLEL:
.PHONY: help setup run test browser office demo ui serve bench fuzz spark-test lint lock clean

help: ## 列出所有目标 / list the targets
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)$$/\1	\2/p' $(firstword $(MAKEFILE_LIST)) | \
	  while IFS='	' read -r name text; do printf '  make %-9s %s\n' "$$name" "$$text"; done

setup: $(STAMP) ## 按锁文件安装到 .venv / install into .venv from the lock file

# setuptools 先装，随后任何构建都不再下载未锁定的构建工具。
# setuptools comes first, so that no later build downloads an unpinned build tool.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "错误：需要 Python 3.11–3.13，而 $(PYTHON) 是 $$($(PYTHON) --version 2>&1)。请用 make setup PYTHON=python3.12 指定。" >&2; \
	  echo "Error: Python 3.11 to 3.13 is needed, but $(PYTHON) is $$($(PYTHON) --version 2>&1). Choose one: make setup PYTHON=python3.12" >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "错误：$(PYTHON) 缺少 venv 模块；Debian/Ubuntu 请安装 python3-venv。" >&2; \
	  echo "Error: $(PYTHON) has no venv module; on Debian/Ubuntu install python3-venv." >&2; \
	  exit 1; }
	@want=$$($(PYTHON) -c 'import sys; print(*sys.version_info[:2])'); \
	have=$$($(BIN)/python -c 'import sys; print(*sys.version_info[:2])' 2>/dev/null || true); \
	if [ "$$want" != "$$have" ]; then $(PYTHON) -m venv --clear $(VENV); fi
	@sed -n '/^setuptools==/,/[^\\]$$/p' requirements.lock > $(VENV)/setuptools.lock
	$(BIN)/python -m pip install -q --no-compile --require-hashes -r $(VENV)/setuptools.lock
	$(BIN)/python -m pip install -q --no-compile --no-build-isolation --use-pep517 --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --no-compile --no-deps --no-build-isolation -e .
	@# 个别软件包带有不能编译的模板文件 / some packages ship template files that do not compile
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib >/dev/null 2>&1 || true
	@touch $@
	@echo "安装完成 / installed: $(VENV)"

run: setup ## 用江西数据跑完整流水线 / run the whole pipeline on data/jiangxi
	$(BIN)/worksafety run data/jiangxi

test: setup browser office ## 全部测试，用上所有核 / all tests, on all cores (PYTEST_ARGS="-k name")
	@mkdir -p build && rm -f build/pytest.exit
	@code=0; $(BIN)/pytest -n auto --dist loadgroup $(PYTEST_ARGS) || code=$$?; echo $$code > build/pytest.exit; exit $$code

browser: ## 检查或安装无界面浏览器与中文字体 / find or install headless Chromium and a Chinese font
	@found() { for b in chromium chromium-browser google-chrome google-chrome-stable; do command -v $$b && return 0; done; return 1; }; \
	font() { [ -n "$$(fc-list :lang=zh 2>/dev/null | head -n 1)" ]; }; \
	want=""; \
	found >/dev/null || want="chromium"; \
	command -v fc-list >/dev/null || want="$$want fontconfig"; \
	font || want="$$want fonts-noto-cjk"; \
	if [ -n "$$want" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "安装 / installing: $$want"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$want; } >/dev/null || true; \
	fi; \
	if found >/dev/null; then echo "浏览器 / browser: $$(found)"; else \
	  echo "**********************************************************************"; \
	  echo "** 没有找到 Chromium：浏览器测试将被跳过。"; \
	  echo "** 安装：sudo apt-get install chromium fonts-noto-cjk，然后重新 make test"; \
	  echo "** No Chromium found: the browser tests will be SKIPPED."; \
	  echo "** Install: sudo apt-get install chromium fonts-noto-cjk, then make test again"; \
	  echo "**********************************************************************"; \
	fi; \
	font || { \
	  echo "** 没有中文字体：截图中的汉字会是方框。安装：sudo apt-get install fontconfig fonts-noto-cjk"; \
	  echo "** No Chinese font: characters will show as boxes. Install: sudo apt-get install fontconfig fonts-noto-cjk"; }

office: ## 检查或安装 LibreOffice，用于空白表的测试 / find or install LibreOffice, for the tests of the blank workbooks
	@found() { command -v soffice || command -v libreoffice; }; \
	if ! found >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "安装 / installing: libreoffice-calc"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libreoffice-calc; } >/dev/null || true; \
	fi; \
	if found >/dev/null; then echo "LibreOffice: $$(found)"; else \
	  echo "**********************************************************************"; \
	  echo "** 没有找到 LibreOffice：空白表的测试将有一部分被跳过。"; \
	  echo "** 安装：sudo apt-get install libreoffice-calc，然后重新 make test"; \
	  echo "** No LibreOffice found: tests of the blank workbooks will be SKIPPED."; \
	  echo "** Install: sudo apt-get install libreoffice-calc, then make test again"; \
	  echo "**********************************************************************"; \
	fi

demo: setup ## 模拟省份的完整演示 / full run on the simulated province
	$(BIN)/worksafety simulate --out build/demo-input
	$(BIN)/worksafety run build/demo-input --out build/demo --latest-only
	$(BIN)/python -m pipelines.simulate.recovery build/demo-input build/demo

ui: export DAGSTER_HOME := $(CURDIR)/build/dagster
ui: setup ## Dagster 网页界面 / Dagster web UI (http 127.0.0.1:3000)
	@mkdir -p $(DAGSTER_HOME) && cp pipelines/dagster.yaml $(DAGSTER_HOME)/dagster.yaml
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/dagster dev -m pipelines.definitions -h 127.0.0.1 -p $(UI_PORT)

serve: setup ## 在本机浏览生成的网站 / serve the built site on this machine
	$(BIN)/worksafety serve

bench: setup ## 性能测试 / benchmarks
	$(BIN)/pytest tests/benchmarks -s $(PYTEST_ARGS)

fuzz: setup ## 模糊测试读表程序，需要 atheris / fuzz the readers, needs atheris (FUZZ_SECONDS=300)
	$(BIN)/python tests/fuzz/fuzz_readers.py --seconds $(FUZZ_SECONDS)

# pyspark 不与本项目其余依赖同处一个环境：Great Expectations 见到它就会载入。
# pyspark has an environment of its own: Great Expectations would load it.
spark-test: setup ## 同一份 SQL 在 Spark 上给出同样的行，需要 Java 17 / the same SQL gives the same rows on Spark, needs Java 17
	@test -x build/spark-venv/bin/pytest || { $(PYTHON) -m venv build/spark-venv && build/spark-venv/bin/pip install -q pyspark==$(SPARK_VERSION) numpy scipy \
	  $$(sed -n 's/^\(sqlglot\|pyyaml\|pytest\)==\([^ ;]*\).*/\1==\2/p' requirements.lock); }
	$(BIN)/python tests/spark/rows.py build/spark
	SPARK_ROWS=build/spark PYTHONPATH=. build/spark-venv/bin/pytest tests/spark -c /dev/null --rootdir . --noconftest -p no:cacheprovider $(PYTEST_ARGS)

lint: setup ## 代码检查 / ruff
	$(BIN)/ruff check .

lock: ## 重新生成 requirements.lock / regenerate the lock file (UPGRADE=--upgrade)
	@test -x build/lock-venv/bin/uv || { $(PYTHON) -m venv build/lock-venv && build/lock-venv/bin/pip install -q uv==$(UV_VERSION); }
	build/lock-venv/bin/uv pip compile -q --universal --generate-hashes --python-version 3.11 \
	  --extra test --extra build --no-emit-index-url --no-emit-find-links --no-header --no-annotate --no-strip-extras $(UPGRADE) \
	  pyproject.toml -o requirements.lock
	@for v in 3.11 3.12 3.13; do \
	  build/lock-venv/bin/uv pip compile -q --python-version $$v --extra test --extra build -c requirements.lock pyproject.toml >/dev/null \
	    || exit 1; echo "Python $$v: ok"; done
	@if grep -n '://' requirements.lock; then echo "锁文件含有地址 / the lock file contains an address" >&2; exit 1; fi

clean: ## 删除 build/ / remove build/
	rm -rf build
