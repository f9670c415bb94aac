#!/bin/sh
# The tests that a mutant has to survive, those of its file first. Run it once without a mutant before you trust a figure:
# it then runs all of them.
set -e
export ARCHSPEC_GROWN=30
run() { python -m pytest -x -q -n0 "$@"; }
changed=$(git diff --name-only -- archspec)
case "$changed" in
  archspec/dims/*) run tests/facts tests/table; run tests/conformance/test_combining_and_reshaping.py; run tests/specs -k "not torchvisions" ;;
  archspec/ops/*) run tests/facts; run tests/conformance -k "Conv or Pool or Linear or Bilinear"; run tests/specs -k "not torchvisions" ;;
  archspec/facts/*) run tests/facts tests/table tests/lints; run tests/specs tests/document -k "not torchvisions"; run tests/generated ;;
  archspec/backends/*)
    run tests/torch_backend
    run tests/generated/test_nested.py
    run tests/specs -k "not torchvisions or resnet18 or swin or vit or regnet or inception" ;;
  *) run tests/facts tests/table tests/lints tests/torch_backend tests/generated tests/specs tests/conformance ;;
esac
