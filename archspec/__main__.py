"""`python -m archspec`: the same as the command."""

import sys

from archspec.cli import main

sys.exit(main())
