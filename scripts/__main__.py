"""`maskline`, also `python -m scripts`."""


def main() -> None:
    """Run the command line."""
    from scripts.cli.app import app

    app()


if __name__ == "__main__":
    main()
