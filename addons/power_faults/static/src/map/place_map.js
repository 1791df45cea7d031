const TILE = 256;
const ZOOMS = [5, 18];
const STEP = 40;

/** The pixel of a place (latitude, longitude) on the map of the whole world, as tiles count. */
export function project([latitude, longitude], zoom) {
    const size = TILE * 2 ** zoom;
    const north = Math.asinh(Math.tan((latitude * Math.PI) / 180));
    return [((longitude + 180) / 360) * size, ((1 - north / Math.PI) / 2) * size];
}

/** The place of a pixel. */
export function unproject([x, y], zoom) {
    const size = TILE * 2 ** zoom;
    const north = Math.PI * (1 - (2 * y) / size);
    return [(Math.atan(Math.sinh(north)) * 180) / Math.PI, (x / size) * 360 - 180];
}

/**
 * A map to point at: dragged, tapped or moved by arrows, what lies under the cross is the place.
 *
 * The element holds `.o_power_place_layer` and buttons with `data-zoom`. There are tiles where an
 * address of tiles is known; the names of areas stand on it in any case.
 */
export class PlaceMap {
    /**
     * @param {HTMLElement} el
     * @param {Object} options
     * @param {string} [options.tiles] address of a tile, with {z}, {x} and {y}
     * @param {{name: string, place: number[]}[]} options.areas
     * @param {number[]} [options.place] latitude and longitude known already
     * @param {(place: number[]) => void} options.onPick
     */
    constructor(el, { tiles, areas, place, onPick }) {
        Object.assign(this, { el, tiles, areas, onPick });
        this.layer = el.querySelector(".o_power_place_layer");
        this.zoom = 15;
        this.center = place || this.fit();
        this.listeners = new AbortController();
        const on = (target, type, listener) =>
            target.addEventListener(type, listener, { signal: this.listeners.signal });
        on(el, "pointerdown", (ev) => this.onDown(ev));
        on(window, "pointermove", (ev) => this.onMove(ev));
        on(window, "pointerup", (ev) => this.onUp(ev));
        on(window, "pointercancel", () => this.drop());
        on(el, "keydown", (ev) => this.onKey(ev));
        for (const button of el.querySelectorAll("[data-zoom]")) {
            on(button, "click", () => this.zoomBy(Number(button.dataset.zoom)));
        }
        this.render();
        this.mark(Boolean(place));
    }

    destroy() {
        this.listeners.abort();
    }

    /** The middle of all areas, as near as shows them all. */
    fit() {
        const places = this.areas.map((area) => area.place);
        if (!places.length) {
            this.zoom = ZOOMS[0];
            return [35, 105];
        }
        const range = (index) => {
            const values = places.map((place) => place[index]);
            return [Math.min(...values), Math.max(...values)];
        };
        const [south, north] = range(0);
        const [west, east] = range(1);
        const { clientWidth: width, clientHeight: height } = this.el;
        for (this.zoom = 15; this.zoom > ZOOMS[0]; this.zoom--) {
            const [left, top] = project([north, west], this.zoom);
            const [right, bottom] = project([south, east], this.zoom);
            if (right - left <= width * 0.8 && bottom - top <= height * 0.8) {
                break;
            }
        }
        return [(south + north) / 2, (west + east) / 2];
    }

    /** Show a place that was told in another way. */
    setPlace(place) {
        this.center = place;
        this.zoom = Math.max(this.zoom, 15);
        this.render();
        this.mark(true);
    }

    zoomBy(step) {
        this.zoom = Math.min(Math.max(this.zoom + step, ZOOMS[0]), ZOOMS[1]);
        this.render();
    }

    /** Move what lies so many pixels from the cross under it. */
    pick(right, down) {
        const [x, y] = project(this.center, this.zoom);
        this.center = unproject([x + right, y + down], this.zoom);
        this.render();
        this.mark(true);
        this.onPick(this.center.map((degrees) => Number(degrees.toFixed(6))));
    }

    onDown(ev) {
        if (ev.target.closest("[data-zoom]")) {
            return;
        }
        this.from = [ev.clientX, ev.clientY];
        // The page may scroll to the map as it gets the focus: where it is counts now.
        const { left, top, width, height } = this.el.getBoundingClientRect();
        this.tapped = [ev.clientX - left - width / 2, ev.clientY - top - height / 2];
    }

    onMove(ev) {
        if (this.from) {
            const [x, y] = this.from;
            this.layer.style.transform = `translate(${ev.clientX - x}px, ${ev.clientY - y}px)`;
        }
    }

    onUp(ev) {
        if (!this.from) {
            return;
        }
        const [x, y] = this.from;
        const [right, down] = [x - ev.clientX, y - ev.clientY];
        this.drop();
        if (Math.hypot(right, down) > 5) {
            this.pick(right, down);
        } else {
            this.pick(...this.tapped);
        }
    }

    drop() {
        this.from = null;
        this.layer.style.transform = "";
    }

    onKey(ev) {
        const moves = {
            ArrowLeft: [-STEP, 0],
            ArrowRight: [STEP, 0],
            ArrowUp: [0, -STEP],
            ArrowDown: [0, STEP],
        };
        if (ev.key in moves) {
            ev.preventDefault();
            this.pick(...moves[ev.key]);
        } else if (ev.key === "+" || ev.key === "-") {
            this.zoomBy(ev.key === "+" ? 1 : -1);
        }
    }

    mark(picked) {
        this.el.classList.toggle("o_power_place_picked", picked);
    }

    render() {
        const { clientWidth: width, clientHeight: height } = this.el;
        const [x, y] = project(this.center, this.zoom);
        const corner = [x - width / 2, y - height / 2];
        this.layer.replaceChildren(
            ...this.renderTiles(corner, width, height),
            ...this.areas.map((area) => this.renderArea(area, corner))
        );
    }

    renderTiles([left, top], width, height) {
        const images = [];
        if (!this.tiles) {
            return images;
        }
        const number = 2 ** this.zoom;
        for (let x = Math.floor(left / TILE); x * TILE < left + width; x++) {
            for (let y = Math.floor(top / TILE); y * TILE < top + height; y++) {
                if (y < 0 || y >= number) {
                    continue;
                }
                const image = new Image(TILE, TILE);
                image.alt = "";
                image.draggable = false;
                image.src = this.tiles
                    .replace("{z}", this.zoom)
                    .replace("{x}", ((x % number) + number) % number)
                    .replace("{y}", y);
                image.style.left = `${x * TILE - left}px`;
                image.style.top = `${y * TILE - top}px`;
                images.push(image);
            }
        }
        return images;
    }

    renderArea(area, [left, top]) {
        const [x, y] = project(area.place, this.zoom);
        const label = document.createElement("span");
        label.className = "badge text-bg-light";
        label.textContent = area.name;
        label.style.left = `${x - left}px`;
        label.style.top = `${y - top}px`;
        return label;
    }
}
