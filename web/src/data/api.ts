/** An answer of the server that is no success, with its own words. */
export class ServerError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return await (await request(path, signal ? { signal } : {})).json() as T;
}

export async function postJson<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const answer = await request(path, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), ...(signal ? { signal } : {}),
  });
  return await answer.json() as T;
}

export async function getBytes(path: string): Promise<ArrayBuffer> {
  return await (await request(path, {})).arrayBuffer();
}

async function request(path: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(path, init);
  if (answer.ok) return answer;
  const text = await answer.text();
  throw new ServerError(answer.status, told(text) ?? `${answer.status} ${answer.statusText}`);
}

function told(text: string): string | null {
  try {
    const body = JSON.parse(text) as { error?: unknown };
    return typeof body.error === 'string' ? body.error : null;
  } catch {
    return null;
  }
}
