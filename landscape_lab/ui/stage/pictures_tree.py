"""The part of the stage's message about what networks predict at the checkpoints of a recording."""

from typing import Any

import numpy as np

from landscape_lab.experiments.networks.pictures import BoundaryPictures, ImagePictures, Pictures
from landscape_lab.ui.stage.data_view import column_name


def pictures_tree(pictures: Pictures | None) -> dict[str, Any]:
    """The parts `data` and `pictures` of a surface: the examples, if they are points, and the predictions.

    One byte for each point of a grid and each prediction of an image, and one bit for each prediction of a point.
    """
    if isinstance(pictures, BoundaryPictures):
        return {"data": _examples(pictures), "pictures": _boundary(pictures)}
    return {"data": None, "pictures": None if pictures is None else _images(pictures)}


def _examples(pictures: BoundaryPictures) -> dict[str, Any]:
    train, held_out = pictures.train, pictures.held_out
    return {
        "model": "network",
        "names": [column_name(name) for name in train.names],
        "rows": "",
        "features": train.features,
        "targets": train.targets,
        "held_out": {"features": held_out.features, "targets": held_out.targets},
        "moments": None,
        "ranges": [*_ranges(pictures), [0.0, 1.0]],
    }


def _ranges(pictures: BoundaryPictures) -> list[list[float]]:
    return [[float(each[0]), float(each[-1])] for each in (pictures.x, pictures.y)]


def _boundary(pictures: BoundaryPictures) -> dict[str, Any]:
    def bits(wrong: Any) -> Any:
        return np.packbits(wrong, axis=1, bitorder="little")

    return {
        "kind": "boundary",
        "at": pictures.at,
        "ranges": _ranges(pictures),
        "runs": [
            {
                "outputs": np.ascontiguousarray(pictures.outputs[..., lane]),
                "wrong": [bits(wrong[..., lane]) for wrong in (pictures.wrong, pictures.wrong_held_out)],
            }
            for lane in range(pictures.outputs.shape[-1])
        ],
    }


def _images(pictures: ImagePictures) -> dict[str, Any]:
    return {
        "kind": "images",
        "at": pictures.at,
        "images": pictures.images.reshape(len(pictures.images), -1),
        "side": pictures.images.shape[1],
        "labels": pictures.labels,
        "runs": [
            {"predicted": np.ascontiguousarray(pictures.predicted[..., lane])}
            for lane in range(pictures.predicted.shape[-1])
        ],
    }
