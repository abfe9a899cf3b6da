"""Page on links, embedding, exercises and files."""

import streamlit as st

from landscape_lab.ui.course.links import heading
from landscape_lab.ui.i18n.translation import _
from landscape_lab.ui.sharing import share

heading(_("Sharing"), _("How do I save a race, or pass it on?"))

st.header(_("A link contains everything"), anchor=False)
st.markdown(
    _(
        "The address of the playground describes what is on screen: `surface`, `start`, `lanes` (every optimizer with "
        "all its settings), `steps`, `noise` and `seed`. `show`, `hidden` and `camera` describe the view: `hidden` has "
        "the numbers of the entries whose paths are switched off in the legend, the first of which is 0, and `camera` "
        "the direction of the 3-D view as azimuth and elevation in degrees, and its zoom. Anyone who opens the link "
        "sees the same run. The same server computes it to the last bit; on another kind of processor sines and "
        "exponentials may be rounded differently in the last bit, which a chaotic path amplifies. *Share and export*, "
        "below the picture, copies the link or shows it as a QR code."
    )
)

st.header(_("The picture alone"), anchor=False)
st.markdown(
    _(
        "`view=embed` shows only the picture, for a slide or for a frame on a web page. An app "
        "that serves a whole room may be shown on the pages of another server only if "
        "`FRAME_ANCESTORS=` names that server when the app is started. The picture fills its "
        "frame; a height of 600 pixels is enough. Streamlit's own `embed=true` leaves out its "
        "header and keeps the panel and the table. An example in a frame:"
    )
)
share.live_example()

st.header(_("An exercise"), anchor=False)
st.markdown(
    _(
        "`hide=` removes controls from the page: names from this table, separated by commas. (It has nothing to do "
        "with `hidden`, which switches off paths in the picture.) What a removed control sets cannot be changed in any "
        "other way on the page: a click on the map does not move a hidden start, and no named race or imported file "
        "replaces a hidden rate. The page says what it hides. It is a convention, not a lock: the address still "
        "contains the values, and anyone who edits it gets every control back."
    )
)
share.exercise_example()
share.parts_table()

st.header(_("Files"), anchor=False)
st.markdown(
    _(
        "- **HTML**: the animation as one file that plays without a server and without a network.\n"
        "- **PNG**, **SVG** and **PDF**: the map with all paths, its axes and its legend, and the loss curves; "
        "*Loss curves in pictures* leaves them out.\n"
        "- **GIF** and **WebP**: the same as an animation; of a long race only some steps are drawn, as the "
        "page then says.\n"
        "- **CSV** and **JSON**: every step of every entry, with units, all settings and the scenario. Both are read "
        "back under *Import*, to the same picture; if the run comes out differently on this machine, the page says "
        "from which step on."
    )
)
