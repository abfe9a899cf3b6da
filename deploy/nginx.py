"""The configuration of nginx in front of the workers."""

import os
from pathlib import Path
from string import Template

TEMPLATE = Path(__file__).with_name("nginx.conf.template")
BODY, PATIENCE, CONNECTIONS = "6m", "10s", 4000
"""The largest request, the time in which it must arrive, and the most connections from one address."""


class Braces(Template):
    """A template with placeholders of the form @{name}, as nginx's own variables begin with a dollar sign."""

    delimiter = "@"


def configuration(
    folder: Path, address: str, ports: list[int], serving: list[bool], *, patience: str = PATIENCE, generation: int = 1
) -> str:
    """The text of nginx's configuration.

    folder      the folder for nginx's files
    address     the address on which nginx listens, such as `127.0.0.1:8501`
    ports       the ports of the workers on this machine, by index
    serving     whether each worker receives visitors; those of a worker that does not, or that fails, go to the others
    patience    the time in which a request must arrive
    generation  a number that nginx returns at `/_serve`, which identifies its new processes after a reload
    """
    places = range(len(ports))

    def server(place: int, options: str) -> str:
        down = "" if serving[place] else " down"
        return f"        server 127.0.0.1:{ports[place]} {options}{down};\n"

    def upstream(place: int) -> str:
        # A dead worker refuses connections immediately, so that it need not be marked as failed (max_fails=0).
        others = [(place + i) % len(ports) for i in places if i]
        servers = server(place, "max_fails=0") + "".join(server(other, "max_fails=0 backup") for other in others)
        return f"    upstream worker{place} {{\n{servers}        keepalive 8;\n        keepalive_timeout 30s;\n    }}\n"

    chosen = [place for place in places if serving[place]] or list(places)
    shares = [f"        {100 / len(chosen):.2f}% {place};" for place in chosen[:-1]] + [f"        * {chosen[-1]};"]
    return Braces(TEMPLATE.read_text(encoding="utf-8")).substitute(
        # As root, nginx would run its processes as a user without access to this folder.
        user="user root;" if os.geteuid() == 0 else "",
        folder=folder,
        address=address,
        shares="\n".join(shares),
        workers="\n".join(f"        {place} worker{place};" for place in places),
        places="\n".join(f'        "~:{ports[place]}$" {place};' for place in places),
        upstreams="".join(upstream(place) for place in places),
        servers="".join(server(place, "max_fails=1 fail_timeout=2s") for place in places),
        tries=len(ports),
        body=BODY,
        patience=patience,
        connections=CONNECTIONS,
        generation=generation,
    )
