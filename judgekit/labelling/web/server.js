// What the page asks its server for. Every call is a POST below the page's own address, which holds the token.

export class Refused extends Error {}

export async function ask(name, body) {
  const failed = ["answer", "note", "undo"].includes(name) ? "Not saved" : "Not loaded";
  let answer;
  try {
    answer = await fetch(`ask/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin",
      referrerPolicy: "no-referrer",
      redirect: "error",
    });
  } catch {
    throw new Refused(`${failed}: the server does not answer. Start “judgekit label” again and open its new link.`);
  }
  const told = await answer.json().catch(() => ({ error: `the server answered ${answer.status}` }));
  if (!answer.ok) {
    throw new Refused(`${failed}: ${told.error}`);
  }
  return told;
}
