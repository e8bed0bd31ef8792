// What does the server say? Refusals become errors with a reason that a visitor understands.

async function call(path, options) {
  const response = await fetch(`/try/${path}`, options);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? "Balm could not do that. Please try again.");
  return body;
}

export const read = (path, signal) => call(path, { signal });

export const send = (path, body = {}) =>
  call(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
