// All that a vendor's page does: say which case is open, and fetch a code from its own server when asked.
const main = document.querySelector('main');
const panel = document.querySelector('crisislink-panel');
const said = document.querySelector('#said');
const who = document.querySelector('#who');
const { cases, people } = JSON.parse(main.dataset.told);
let open = null;

async function code() {
  const body = JSON.stringify({ case: open.ref, subject: who.value });
  const answer = await fetch('/open', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  const told = await answer.json();
  if (!answer.ok) throw new Error(`${told.title}. ${told.detail}`);
  return told;
}

async function launch() {
  try {
    panel.launch((await code()).code);
    said.textContent = '';
  } catch (error) {
    said.textContent = error.message;
  }
}

panel.addEventListener('crisislink-launch', launch);
panel.addEventListener('crisislink-state', ({ detail }) => {
  const live = detail.views.filter(({ state }) => state === 'live' || state === 'exp').length;
  said.textContent = `CrisisLink : ${detail.views.length} vue(s), ${live} en direct`;
});
panel.addEventListener('crisislink-over', ({ detail }) => {
  said.textContent = `CrisisLink : fin (${detail.code})`;
});

function choose(one, button) {
  for (const other of document.querySelectorAll('nav button')) other.removeAttribute('aria-current');
  button.setAttribute('aria-current', 'true');
  open = one;
  panel.hidden = false;
  panel.setAttribute('case-ref', one.ref); // the panel leaves the other case, and asks for a code
  if (!panel.hasAttribute('src')) panel.setAttribute('src', panel.dataset.src);
}

for (const { subject, name } of people) who.append(new Option(name, subject));
for (const one of cases) {
  const button = document.createElement('button');
  button.append(Object.assign(document.createElement('b'), { textContent: one.ref }));
  button.append(` ${one.words} — ${one.place}`);
  button.onclick = () => choose(one, button);
  const item = document.createElement('li');
  item.append(button);
  document.querySelector('#cases').append(item);
}
