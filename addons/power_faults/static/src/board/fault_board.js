import { onWillUnmount } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { KanbanController } from "@web/views/kanban/kanban_controller";

const WAIT_MS = 1500;

/** The board reads itself anew when the bus says that faults changed. */
export class FaultBoardController extends KanbanController {
    setup() {
        super.setup();
        this.bus = useService("bus_service");
        this.notification = useService("notification");
        const listener = (message) => this.onFaultsChanged(message);
        this.bus.subscribe("power_faults/board", listener);
        onWillUnmount(() => {
            this.bus.unsubscribe("power_faults/board", listener);
            clearTimeout(this.timer);
        });
    }

    onFaultsChanged(message) {
        // Somebody may have the role in one company and look at another.
        if (!user.activeCompanies.some((company) => company.id === message.company_id)) {
            return;
        }
        if (message.event === "urgent") {
            this.notification.add(_t("An urgent fault was reported."), {
                type: "danger",
                sticky: true,
            });
        }
        // Many changes within a moment are one reading.
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.model.load(), WAIT_MS);
    }
}

registry.category("views").add("power_fault_board", {
    ...kanbanView,
    Controller: FaultBoardController,
});
