// @ts-check
const ICONS = {
  play: '<path d="M8 5.2v13.6c0 .8.9 1.3 1.6.8l10-6.8c.6-.4.6-1.2 0-1.6l-10-6.8C8.9 3.9 8 4.4 8 5.200z" fill="currentColor"/>',
  pause: '<rect x="6" y="5" width="4.2" height="14" rx="1.2" fill="currentColor"/><rect x="13.8" y="5" width="4.2" height="14" rx="1.2" fill="currentColor"/>',
  replay: '<path d="M5 12a7 7 0 1 0 2.3-5.2"/><path d="M4.5 4v4.500H9"/>',
  back: '<path d="M17.5 6.200v11.600L9 12z" fill="currentColor"/><path d="M6.5 6v12"/>',
  forward: '<path d="M6.5 6.200v11.600L15 12z" fill="currentColor"/><path d="M17.5 6v12"/>',
  loop: '<path d="M17 3l3 3-3 3"/><path d="M4 11V9.500A3.5 3.5 0 0 1 7.5 6H20"/><path d="M7 21l-3-3 3-3"/><path d="M20 13v1.500a3.5 3.5 0 0 1-3.5 3.500H4"/>',
  arrows: '<path d="M5 19L18 6"/><path d="M10.5 5.500H18.500V13.5"/>',
  inspector: '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.500 15.500L20.500 20.500M8 9h5M8 12h5"/>',
  reset: '<path d="M4 11.500L12 5l8 6.500M6.500 10v9h11v-9"/>',
  full: '<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/>',
  up: '<path d="M12 19V6M6 11.500l6-6 6 6"/>',
  help: '<rect x="3" y="6" width="18" height="12" rx="2"/><path d="M7 10h.01M11 10h.01M15 10h.01M8 14h8"/>',
};

/** @typedef {keyof typeof ICONS} IconName */

/** @param {IconName} name */
export const icon = (name) => `<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${ICONS[name]}</svg>`;
