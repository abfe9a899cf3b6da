/** The stage that was used last, which gets the keys. */
export const active = { stage: null };
