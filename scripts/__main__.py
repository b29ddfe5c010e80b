"""`maskline`, also `python -m scripts`."""


def main() -> None:
    """Run the command line."""
    from scripts.cli.app import main as run

    run()


if __name__ == "__main__":
    main()
