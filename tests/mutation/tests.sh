#!/bin/sh
# The tests that a mutant has to survive, quick ones first. Run them once without a mutant before you trust a figure.
set -e
export ARCHSPEC_GROWN=40
python -m pytest -x -q tests/facts tests/lints tests/table tests/diagram
python -m pytest -x -q tests/torch_backend tests/generated
python -m pytest -x -q tests/specs -k "not torchvisions or resnet18 or mobilenet_v2 or googlenet or vit or swin"
python -m pytest -x -q tests/conformance
