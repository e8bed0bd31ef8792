// How is an instant written where the patient is?

const written = (options) => (at, zone) =>
  new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone }).format(new Date(at));

export const clockTime = written({ hour: "2-digit", minute: "2-digit" });
export const shortDay = written({ weekday: "short", day: "numeric", month: "short" });
export const longDay = written({ weekday: "long", day: "numeric", month: "long" });
export const weekday = written({ weekday: "short" });

// The value of a datetime-local field.
export function fieldValue(at, zone) {
  const day = new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(new Date(at));
  return `${day}T${clockTime(at, zone)}`;
}

// "14 min", "3 h": how long until, or since.
export function span(milliseconds) {
  const minutes = Math.round(Math.abs(milliseconds) / 60_000);
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}
