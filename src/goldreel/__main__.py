"""`python -m goldreel` is `goldreel`."""

from goldreel.cli import main

if __name__ == "__main__":
    main()
