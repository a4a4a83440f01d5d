"""What this brief adds to the engine: its figures as each vintage printed them."""

from livingbrief.brief import Brief
from livingbrief.data.access import open_data


class Lending(Brief):
    name, version = "lending", "1"

    def as_printed(self, root, edition):
        data = open_data(root, edition)
        return {
            f"loans.{who}.change_pct": data.as_printed(
                f"books lent to {who}", lambda then, who=who: then.values(who).change(), who
            )
            for who in ("children", "adults")
        }


BRIEF = Lending()
