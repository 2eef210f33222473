"""``python -m pymlp`` is the command line tool ``pymlp``."""

import sys

from pymlp.cli import main

if __name__ == "__main__":
    sys.exit(main())
