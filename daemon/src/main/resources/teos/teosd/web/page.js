'use strict';
// All values are inserted as text: data from users or bitcoind is never parsed as HTML.

const byId = (id) => document.getElementById(id);

function element(tag, text, className) {
  const created = document.createElement(tag);
  if (text !== undefined) created.textContent = text;
  if (className) created.className = className;
  return created;
}

const number = (value) => Number(value).toLocaleString();
const moment = (seconds) => new Date(seconds * 1000).toLocaleString();

function pairs(list, rows) {
  list.replaceChildren(...rows.flatMap(([name, value, className]) =>
    [element('dt', name), element('dd', value, className)]));
}

function showState(text, className) {
  const state = byId('state');
  if (state.textContent !== text) state.textContent = text; // screen readers announce each change
  state.className = 'state ' + className;
}

function showTower(tower) {
  showState(tower.ready ? 'Watching' : 'Not ready',
    tower.ready ? 'good' : 'bad');
  const faults = byId('faults');
  faults.hidden = tower.faults.length === 0;
  faults.replaceChildren(...tower.faults.map((fault) => element('li', fault)));

  const rows = [['Height', number(tower.height)]];
  const chain = tower.chain;
  if (chain) {
    rows.push(['Tip', chain.tip]);
    rows.push(['bitcoind', tower.bitcoind ? 'at ' + number(chain.bitcoind_height) : 'unavailable',
      tower.bitcoind ? '' : 'bad']);
    rows.push(['Blocks behind', number(chain.blocks_behind), chain.blocks_behind > 2 ? 'bad' : 'good']);
    const feed = (on) => on === undefined ? 'off, polling' : on ? 'connected' : 'disconnected, polling';
    rows.push(['Block feed', feed(chain.block_feed), chain.block_feed === false ? 'warn' : '']);
    rows.push(['Transaction feed', feed(chain.mempool_feed), chain.mempool_feed === false ? 'warn' : '']);
    rows.push(['Last reorg', chain.last_reorg_depth ? number(chain.last_reorg_depth) + ' blocks' : 'none']);
  } else {
    rows.push(['Chain', tower.bitcoind ? 'watched by another process' : 'not watched',
      tower.bitcoind ? '' : 'bad']);
  }
  pairs(byId('chain'), rows);

  pairs(byId('overview'), [
    ['Appointments', number(tower.appointments)],
    ['Users', number(tower.users)],
    ['Free slots of users', number(tower.slots_available)],
    ['Capacity', number(tower.capacity.reserved) + ' of ' + number(tower.capacity.slots) + ' slots reserved'],
    ...Object.entries(tower.trackers).filter(([, count]) => count > 0).sort()
      .map(([stage, count]) => ['Penalties ' + words(stage), number(count)]),
    ...Object.entries(tower.verdicts).filter(([, count]) => count > 0).sort()
      .map(([verdict, count]) =>
        ['Disputes ' + VERDICTS[verdict].text, number(count), VERDICTS[verdict].className]),
  ]);

  byId('holders').querySelector('tbody').replaceChildren(
    ...tower.capacity.top_holders.map((holder) => {
      const row = element('tr');
      const user = element('td');
      user.append(element('code', holder.user_id));
      row.append(user, element('td', number(holder.slots)), element('td', number(holder.free)));
      return row;
    }));

  byId('version').textContent = 'java-teos ' + tower.version;
  if (byId('tower-id').textContent !== tower.tower_id
      || byId('addresses').dataset.shown !== shownAddresses(tower)) {
    showAddresses(tower);
  }
}

const CLIENTS = {
  teos: 'For Core Lightning (rust-teos, python-teos), teos-client and LDK: ',
  lnd: 'For lnd (lncli wtclient add): ',
};

const shownAddresses = (tower) => tower.listens_at + tower.addresses.map((each) => each.uri).join();

function showAddresses(tower) {
  byId('tower-id').textContent = tower.tower_id;
  byId('addresses').dataset.shown = shownAddresses(tower);
  byId('no-address').hidden = tower.addresses.length > 0;
  byId('listens-at').textContent = tower.listens_at;
  byId('addresses').replaceChildren(...tower.addresses.map((address, index) => {
    const where = address.uri.slice(address.uri.indexOf('@') + 1);
    const item = element('li');
    const copy = element('button', 'Copy');
    copy.type = 'button';
    copy.setAttribute('aria-label', 'Copy ' + where + ' with the tower id');
    copy.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(address.uri);
        byId('copied').textContent = 'Copied: ' + where;
      } catch (error) {
        byId('copied').textContent = 'The browser does not allow copying; copy by hand: ' + address.uri;
      }
    });
    const code = element('img');
    code.alt = 'QR code of ' + where + ' with the tower id';
    code.src = 'qr.svg?address=' + index + '&for=' + encodeURIComponent(address.uri);
    item.append(
      element('span', CLIENTS[address.for]), element('code', where), ' ', copy, code);
    return item;
  }));
}

const words = (word) => word.replaceAll('_', ' ');

const STATUS_CLASSES = {
  confirmed: 'good', complete: 'good', in_mempool: 'warn', pending: 'warn', refused: 'bad',
  beaten: 'bad', dispute_gone: '', awaiting_parent: '', standby: '', superseded: '',
};

// Whether unconfirmed penalties will confirm before their deadlines.
const VERDICTS = {
  likely: { text: 'likely in time', className: 'good' },
  at_risk: { text: 'at risk', className: 'bad' },
  unlikely: { text: 'unlikely in time', className: 'bad' },
  unknown: { text: 'without forecast', className: '' },
};

function showDisputes(disputes) {
  const list = byId('disputes');
  byId('no-disputes').hidden = disputes.length > 0;
  // Items that remain stay in place: removing and inserting them again would lose the keyboard focus.
  const old = new Map([...list.children].map((item) => [item.dataset.uuid, item]));
  const shown = new Set(disputes.map((dispute) => dispute.uuid));
  old.forEach((item, uuid) => shown.has(uuid) || item.remove());
  disputes.forEach((dispute, place) => {
    const item = old.get(dispute.uuid) ?? disputeItem(dispute.uuid);
    fill(item, dispute);
    if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
  });
}

function disputeItem(uuid) {
  const item = element('li');
  item.dataset.uuid = uuid;
  const details = element('details');
  const summary = element('summary');
  summary.append(element('span', '', 'badge'), element('span', '', 'verdict'),
    element('code'), element('time'));
  const live = element('div');
  live.setAttribute('aria-live', 'polite');
  live.append(element('dl'), element('ol', undefined, 'history'));
  details.append(summary, live);
  item.append(details);
  return item;
}

function fill(item, dispute) {
  const badge = item.querySelector('.badge');
  badge.textContent = words(dispute.status);
  badge.className = 'badge ' + (STATUS_CLASSES[dispute.status] ?? '');
  const verdict = VERDICTS[dispute.verdict];
  const forecast = item.querySelector('.verdict');
  forecast.hidden = !verdict;
  forecast.textContent = verdict ? verdict.text : '';
  forecast.className = 'verdict ' + (verdict ? verdict.className : '');
  item.querySelector('summary code').textContent = dispute.dispute_txid;
  item.querySelector('summary time').textContent =
    dispute.history.length ? moment(dispute.history[0].time) : '';
  pairs(item.querySelector('dl'), [
    ['Dispute', dispute.dispute_txid],
    ['In block', dispute.dispute_height ? number(dispute.dispute_height) : 'none'],
    ['Penalty', dispute.penalty_txid],
    ...penaltyRows(dispute, verdict),
    ['Locator', dispute.locator],
    ['User', dispute.user_id],
    ['uuid', dispute.uuid],
  ]);
  item.querySelector('.history').replaceChildren(...dispute.history.map((event) => {
    const line = element('li');
    line.append(element('time', moment(event.time)), element('strong', words(event.event)),
      ' at height ' + number(event.height) + (event.detail ? ': ' + event.detail : ''));
    return line;
  }));
}

function penaltyRows(dispute, verdict) {
  const rows = [];
  if (dispute.penalties > 1) rows.push(['Penalties', number(dispute.penalties)]);
  if (dispute.rungs) rows.push(['Rung', number(dispute.rung) + ' of ' + number(dispute.rungs)]);
  rows.push(['Fee rate', dispute.fee_rate_per_kvb === undefined
    ? 'unknown' : number(dispute.fee_rate_per_kvb / 1000) + ' sat/vB']);
  if (dispute.deadline) {
    rows.push(['Deadline', 'block ' + number(dispute.deadline) + ', '
      + (dispute.blocks_left === 0 ? 'passed' : 'blocks left: ' + number(dispute.blocks_left))]);
  }
  if (verdict) rows.push(['Forecast', verdict.text, verdict.className]);
  return rows;
}

function showHistory(points) {
  if (points.length === 0) return;
  const times = points.map(([time]) => time);
  const counts = points.map(([, count]) => count);
  const first = times[0];
  const span = Math.max(1, times.at(-1) - first);
  const highest = Math.max(1, ...counts);
  const drawn = points.length === 1 ? [points[0], [first + 1, points[0][1]]] : points;
  byId('line').setAttribute('points', drawn.map(([time, count]) =>
    `${((time - first) / span * 600).toFixed(1)},${(155 - count / highest * 150).toFixed(1)}`).join(' '));
  byId('chart-text').textContent = 'From ' + number(counts[0]) + ' on ' + moment(first) + ' to '
    + number(counts.at(-1)) + ' on ' + moment(times.at(-1)) + '; highest: ' + number(highest) + '.';
}

const live = new EventSource('api/events');
const when = (name, show) =>
  live.addEventListener(name, (event) => show(JSON.parse(event.data)));
when('tower', showTower);
when('disputes', showDisputes);
when('history', showHistory);
live.addEventListener('error', () =>
  showState('The tower does not respond; retrying. The data below is out of date.', 'bad'));
