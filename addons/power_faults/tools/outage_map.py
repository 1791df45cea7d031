"""A map without a program in the browser: where tiles and markers lie, in percent of a box.

Positions are (latitude, longitude) in degrees, projected as web map tiles are (Web Mercator).
"""

import dataclasses
import math
from collections.abc import Hashable, Mapping

TILE = 256
_MAX_LATITUDE = 85.05


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """``tiles``: (x, y, left, top) with the corner in percent; ``markers``: {key: (left, top)}.

    A tile is ``tile_width`` by ``tile_height`` percent of the box.
    """

    zoom: int
    tiles: tuple[tuple[int, int, float, float], ...]
    markers: dict[Hashable, tuple[float, float]]
    tile_width: float
    tile_height: float


def is_position(latitude: object, longitude: object) -> bool:
    """Say whether two values are a place on a map; 0, 0 is what nobody entered."""
    if isinstance(latitude, bool) or isinstance(longitude, bool):
        return False
    if not isinstance(latitude, (int, float)) or not isinstance(longitude, (int, float)):
        return False
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return False
    return (
        (latitude, longitude) != (0, 0) and abs(latitude) <= _MAX_LATITUDE and abs(longitude) <= 180
    )


def project(latitude: float, longitude: float, zoom: int) -> tuple[float, float]:
    """Return the pixel of a position on the map of the whole world.

    >>> project(0.0, 0.0, 0)
    (128.0, 128.0)
    """
    size = TILE * 2**zoom
    angle = math.radians(latitude)
    x = (longitude + 180.0) / 360.0 * size
    y = (1.0 - math.asinh(math.tan(angle)) / math.pi) / 2.0 * size
    return x, y


def plan(
    positions: Mapping[Hashable, tuple[object, object]],
    width: int = 960,
    height: int = 480,
    max_zoom: int = 14,
) -> Plan | None:
    """Return the largest map on which all positions have room; broken ones are left out.

    :return: None when no position is left
    """
    good = {
        key: (float(place[0]), float(place[1]))
        for key, place in positions.items()
        if is_position(*place)
    }
    if not good:
        return None
    for zoom in range(max_zoom, -1, -1):
        pixels = {key: project(*place, zoom) for key, place in good.items()}
        xs = [x for x, _y in pixels.values()]
        ys = [y for _x, y in pixels.values()]
        if max(xs) - min(xs) <= width * 0.85 and max(ys) - min(ys) <= height * 0.85:
            break
    left = (max(xs) + min(xs)) / 2 - width / 2
    top = (max(ys) + min(ys)) / 2 - height / 2
    number = 2**zoom
    tiles = tuple(
        (
            x % number,
            y,
            100 * (x * TILE - left) / width,
            100 * (y * TILE - top) / height,
        )
        for x in range(math.floor(left / TILE), math.floor((left + width) / TILE) + 1)
        for y in range(math.floor(top / TILE), math.floor((top + height) / TILE) + 1)
        if 0 <= y < number
    )
    return Plan(
        zoom=zoom,
        tiles=tiles,
        markers={
            key: (100 * (x - left) / width, 100 * (y - top) / height)
            for key, (x, y) in pixels.items()
        },
        tile_width=100 * TILE / width,
        tile_height=100 * TILE / height,
    )
