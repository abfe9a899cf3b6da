"""Draw the thumbnails of surfaces and named races: `make thumbnails` writes them, after a change to one of them."""

from landscape_lab.figures.thumbnail import sheet
from landscape_lab.ui.assets import THUMBNAILS
from landscape_lab.ui.picker.thumbnails import draw, drawn_from


def main() -> None:
    """Write the sheets of both themes."""
    for dark, path in THUMBNAILS.items():
        checksums = drawn_from(dark)
        path.write_bytes(sheet([draw(key, dark) for key in checksums], checksums))
        print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
