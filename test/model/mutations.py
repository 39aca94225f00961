"""Ways in which the model can be wrong: each must make the test fail.

A mutation is a function that breaks a Desk, or how a Crowd judges; its first
line says how.
"""

from datetime import timedelta

from model import Refused
from sla import when


def resolve_paused(crowd, desk):
    """resolver is allowed from PAUSADO"""
    desk.transitions['resolver', 'PAUSADO'] = 'RESUELTO'


def no_reopen(crowd, desk):
    """reabrir is not allowed from RESUELTO"""
    del desk.transitions['reabrir', 'RESUELTO']


def thanks_stay_solved(crowd, desk):
    """responder leaves a resolved ticket resolved"""
    desk.transitions['responder', 'RESUELTO'] = 'RESUELTO'


def message_twice(crowd, desk):
    """the same key makes another message"""
    plain = desk.reply
    desk.reply = lambda caller, args, ticket, now: plain(caller, {**args, 'clave_idempotencia': None}, ticket, now)


def notes_in_conversation(crowd, desk):
    """the requester sees notes in the conversation"""
    plain = desk.converse
    def converse(caller, args, ticket):
        said = plain(caller, args, ticket)
        return said + [(len(said) + 1, 'MESA', e['ocurrido_en'], e['nota']) for e in ticket.log if e['nota']]
    desk.converse = converse


def notes_move_ticket(crowd, desk):
    """the requester is told of notes as the last change"""
    plain = desk.is_public
    desk.is_public = lambda event: plain(event) or event['operacion'] == 'actualizar'


def merged_share_words(crowd, desk):
    """requesters whose tickets are merged read each other's words"""
    plain = desk.thread
    def thread(ticket):
        final, own, led = plain(ticket)
        return final, own + [each[0] for each in led], []
    desk.thread = thread


def merged_stay_merged(crowd, desk):
    """a duplicate that is parted leads its requester on still"""
    plain = desk.merge
    desk.merge = lambda links, pair: plain(links, pair) if links else None


def parted_forgets(crowd, desk):
    """what came to a duplicate is not read there once it is parted"""
    class Nothing(dict):
        """Whatever is kept in it is gone."""
        def get(self, key, default=None):
            return default
    desk.landed = Nothing()


def area_assigns(crowd, desk):
    """AREA may assign"""
    desk.permissions.add(('asignar', 'AREA'))


def no_area_rule(crowd, desk):
    """AREA works on the tickets of every area"""
    desk.judge_scope = lambda who, area: None


def area_sees_all(crowd, desk):
    """row-level security shows AREA the tickets of every area"""
    plain = desk.sees
    desk.sees = lambda who, area: plain(who, area) or who.role == 'AREA' and bool(who.agent)
    desk.judge_scope = lambda who, area: plain(who, area) or refuse('42501')


def inactive_agents(crowd, desk):
    """agents that are switched off go on working"""
    desk.judge_active = lambda who: None


def forged_claims(crowd, desk):
    """claims are believed from everybody"""
    desk.authenticators |= {'sara', 'publio', 'raul'}


def any_version(crowd, desk):
    """a stale version does not matter"""
    desk.judge_version = lambda args, ticket: None


def any_copy(crowd, desk):
    """a stale copy may be written back"""
    desk.judge_copy = lambda seen, version: None


def version_before_area(crowd, desk):
    """the version is judged before the area"""
    scope, version = desk.judge_scope, desk.judge_version
    operate = desk.operate

    def wrong(caller, operation, args, ticket, now):
        desk.judge_scope = lambda who, area: (version(args, ticket), scope(who, area))
        try:
            return operate(caller, operation, args, ticket, now)
        finally:
            desk.judge_scope = scope
    desk.operate = wrong


def second_late(crowd, desk):
    """deadlines are a second late"""
    born = desk.born

    def wrong(*args):
        ticket = born(*args)
        ticket.row['fecha_limite_sla'] += timedelta(seconds=1)
        return ticket
    desk.born = wrong


def pause_runs(crowd, desk):
    """the SLA clock runs on in a pause"""
    desk.clock_runs_in_pause = True


def priority_keeps_deadline(crowd, desk):
    """another priority leaves the deadline"""
    desk.regrant = lambda operation, old, new, target: False


def stamp_stays(crowd, desk):
    """reabrir leaves the stamp of resolution"""
    stamp = desk.stamp

    def wrong(old, new, now):
        stamp(old, new, now)
        new['resuelto_en'] = new['resuelto_en'] or old['resuelto_en']
    desk.stamp = wrong


def agent_stays(crowd, desk):
    """transferir leaves the agent"""
    hand_over = desk.hand_over

    def wrong(operation, values, agent, old):
        changes = hand_over(operation, values, agent, old)
        return {**changes, 'agente_id': changes['agente_id'] or old['agente_id']}
    desk.hand_over = wrong


def any_agent(crowd, desk):
    """tickets may be assigned to agents of other areas"""
    judge = desk.judge_agent
    desk.judge_agent = lambda agent_id, area: judge(
        agent_id, desk.agents[agent_id].area if agent_id in desk.agents else area)


def bytes_not_characters(crowd, desk):
    """lengths are counted in bytes"""
    judge = desk.judge_field

    def wrong(field, value, required):
        code, good = judge(field, value, required)
        if good and field == 'motivo' and len(good.encode()) > 2000:
            return '22001', None
        return code, good
    desk.judge_field = wrong


def any_request(crowd, desk):
    """a key with other data gives the first ticket"""
    create = desk.create

    def wrong(caller, args, uuid, now):
        try:
            return create(caller, args, uuid, now)
        except Refused as refusal:
            if refusal.codes == ('PT409',):
                return desk.tickets[desk.keys[desk.request_of(args)[0]][1]]
            raise
    desk.create = wrong


def label_gap(crowd, desk):
    """every tenth label is left out"""
    next_label = desk.next_label

    def wrong(now):
        year = desk.year(now)
        if desk.counters.get(year, 0) % 10 == 8:
            desk.counters[year] += 1
        return next_label(now)
    desk.next_label = wrong


def any_email(crowd, desk):
    """fn_consultar takes any address"""
    desk.judge_requester = lambda email, ticket: ticket or refuse('PT404')


def notes_are_public(crowd, desk):
    """fn_consultar shows internal notes"""
    consult = desk.consult

    def wrong(caller, args, ticket):
        row = consult(caller, args, ticket)
        row['respuestas'] = [(e['ocurrido_en'], e['respuesta'] or e['nota'])
                             for e in ticket.log if e['respuesta'] or e['nota']]
        return row
    desk.consult = wrong


def direct_is_free(crowd, desk):
    """plain SQL needs no reason"""
    desk.judge_motive = lambda operation, motive: motive.strip() or None


def history_forgets_actor(crowd, desk):
    """the history does not say who it was"""
    entry = desk.entry
    desk.entry = lambda *args: {**entry(*args), 'actor_nombre': 'alguien'}


def lost_update(crowd, desk):
    """every twentieth change is lost"""
    adopt, count = desk.adopt, [0]

    def wrong(ticket):
        old = desk.tickets.get(ticket.row['ticket_uuid'])
        if old and old is not ticket:
            count[0] += 1
            if count[0] % 20 == 0:
                return
        adopt(ticket)
    desk.adopt = wrong


def race_without_others(crowd, desk):
    """in a race, everybody is judged on the state before it"""
    crowd.possible = lambda record, states, winners: states[:1]


def breach_untold(crowd, desk):
    """an operation on a ticket that is late does not tell the breach"""
    breaches, sweep = desk.breaches, desk.due
    desk.breaches = lambda row, now: []

    def wrong(ticket, now):
        desk.breaches = breaches
        try:
            return sweep(ticket, now)
        finally:
            desk.breaches = lambda row, now: []
    desk.due = wrong


def breach_when_found(crowd, desk):
    """a breach is dated when it is found"""
    mark = desk.mark

    def wrong(row, due):
        new, noted = mark(row, due)
        if due.percent == 100:
            new['sla_incumplido_en'] = when(due.deadline + 1)
        return new, noted
    desk.mark = wrong


def late_deadline_moves(crowd, desk):
    """a deadline that was passed is moved by a pause"""
    replay = desk.replay

    def wrong(calendar, goal, events):
        where = replay(calendar, goal, events)
        if where.used_up and where.clock == 'corre':
            return where._replace(deadline=events[-1][0])
        return where
    desk.replay = wrong


def reclassified_afresh(crowd, desk):
    """another priority begins a new target now"""
    act = desk.act
    desk.act = lambda operation, old, new, log, now, admin: act(
        operation, old, new, () if old['prioridad'] != new['prioridad'] else log, now, admin and old['prioridad'] == new['prioridad'])


def forgets_the_breach(crowd, desk):
    """resolver clears the breach"""
    stamp = desk.stamp

    def wrong(old, new, now):
        stamp(old, new, now)
        if new['estado'] == 'RESUELTO':
            new['sla_incumplido_en'] = None
    desk.stamp = wrong


def clock_unsaid(crowd, desk):
    """the history says that the clock runs in a pause"""
    clock_of = desk.clock_of
    entry = desk.entry

    def wrong(*args):
        found = entry(*args)
        return {**found, 'reloj': clock_of(found['after']).replace('pausa', 'corre')}
    desk.entry = wrong


def warns_again(crowd, desk):
    """a warning is told by every sweep"""
    thresholds = desk.thresholds
    desk.thresholds = lambda row, target: thresholds({**row, 'sla_aviso': None}, target)


def warnings_not_published(crowd, desk):
    """warnings are not in the outbox"""
    outbox = desk.outbox
    desk.outbox = lambda ticket: [row for row in outbox(ticket) if row[4]['umbral'] == 100]


def refuse(code):
    raise Refused(code)


MUTATIONS = {function.__name__: function for function in (
    thanks_stay_solved, message_twice, notes_in_conversation, notes_move_ticket,
    merged_share_words, merged_stay_merged, parted_forgets,
    resolve_paused, no_reopen, area_assigns, no_area_rule, area_sees_all, inactive_agents,
    forged_claims, any_version, any_copy, version_before_area, second_late, pause_runs,
    priority_keeps_deadline, stamp_stays, agent_stays, any_agent, bytes_not_characters,
    any_request, label_gap, any_email, notes_are_public, direct_is_free, history_forgets_actor,
    lost_update, race_without_others, breach_untold, breach_when_found, late_deadline_moves,
    reclassified_afresh, forgets_the_breach, clock_unsaid, warns_again, warnings_not_published)}
