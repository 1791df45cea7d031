import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { CrewShelf } from "./crew_shelf";

/** After a logout, or a login as somebody else, no page of a crew stays in the browser. */
export class CrewGuard extends Interaction {
    static selector = "#wrapwrap";

    start() {
        new CrewShelf(user.userId).clearOthers();
    }
}

registry.category("public.interactions").add("power_faults.crew_guard", CrewGuard);
