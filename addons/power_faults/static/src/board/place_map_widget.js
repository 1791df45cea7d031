import { Component, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { PlaceMap } from "../map/place_map";

/** A map in a form to point at, for the fields latitude, longitude and place_map. */
export class PlaceMapWidget extends Component {
    static template = "power_faults.PlaceMap";
    static props = { ...standardWidgetProps };

    setup() {
        this.root = useRef("root");
        useEffect(
            (areas) => {
                if (areas) {
                    this.draw();
                }
                return () => this.map?.destroy();
            },
            () => [this.data.areas]
        );
        useEffect(
            (latitude, longitude) => this.follow([latitude, longitude]),
            () => this.place
        );
        onWillUnmount(() => this.map?.destroy());
    }

    get data() {
        return this.props.record.data.place_map || {};
    }

    get place() {
        const { latitude, longitude } = this.props.record.data;
        return [latitude, longitude];
    }

    draw() {
        this.map = new PlaceMap(this.root.el, {
            ...this.data,
            place: this.place.some(Boolean) ? this.place : null,
            onPick: (place) => {
                this.picked = place;
                this.props.record.update({ latitude: place[0], longitude: place[1] });
            },
        });
    }

    /** What was typed, or came with a supply point, is shown too. */
    follow(place) {
        const known = this.picked?.every((degrees, index) => degrees === place[index]);
        if (this.map && !known && place.some(Boolean)) {
            this.map.setPlace(place);
        }
    }
}

registry.category("view_widgets").add("power_place_map", {
    component: PlaceMapWidget,
    fieldDependencies: [
        { name: "latitude", type: "float" },
        { name: "longitude", type: "float" },
        { name: "place_map", type: "json", readonly: true },
    ],
});
