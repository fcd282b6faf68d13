"""The memory: plain functions over a Connection, each named as the sentence it does.

    db = Database(url)                                  # storage.database
    await db.read(fn) / await db.write(fn, durable=…)   # fn(conn) as one transaction on a thread
    db.read_now(fn) / db.write_now(fn)                  # the same for the command line
    db.migrate(), db.close()

Every function takes the connection and the workspace's id first and reads no clock; ids are made by `ids.new_id`.

    workspaces  Settings, Wish, Workspace, Installation · add, get, all_of, the_only_one, count, lock, rename,
                save_settings, set_quiet_until, in_quiet_start, set_digest_at, set_people_at, due_digests,
                without_digest, due_profiles, gone_since, claim_code, of_claim_code, set_claim_code · of_address,
                at, install, uninstall, move_installation, installation_of, installations
    tokens      stored, renew · issue_state, use_state
    people      Reach · add, add_many, save, get, by_ids, all_of, admins, leaders, by_handle, by_address, named,
                without_address, roles_of, holds, set_role · add_address, drop_address, touch_address, addresses_of ·
                add_absence
    pilots      Origin · add, add_many, save, lock, get, get_many, fingerprint, load, list_all, stream, ids, titles,
                of_person, in_role, origins, count, with_number, without_number · names, named, compared, next_number,
                next_id · claim_due, set_next_look, set_seen, set_health, touch, touch_all, overdue, late
    portfolio   Wanted, Count, Waiting, Began · OWNER · counts, began, marks, waiting, find
    record      Written · append_entry, append_entries, undo_entry, entry_at, written, answers_at, recent ·
                append_reading, append_readings, append_activity, append_activities · set_item · add_promise,
                keep_promise, move_promise
    episodes    Episode · open_, open_many, open_of, of_pilot, get, climb, climb_many, close, mark_wrong, called_wrong · begin, held,
                holding, count_held, opened_today
    asks        Ask · add, add_many, get, waiting, wake, answer, answered_since, reopen, note, of_message, of_messages, of_pilots, open_of_pilot, drop, drop_of_episode,
                drop_of_pilot, back_to_waiting
    asks_due    in_turn, people, waiting, hold, take_into_messages, drop
    outbox      OutboxRow, Round, Destination · add, add_update, set_content · claim, destinations, sent, sent_many, pending_again, unknown, unverified, failed,
                dropped, drop_of_person, forget, end_leases, due_unknown, drop_stale, hold_workspace, be_patient,
                restored · charged, get, by_key, of_message, newest_nudge, taken, nudges_sent, digests_since,
                answer_times, history, standing, tally, newest, is_doubtful
    outbox_many charged, heard, add
    rounds      Round, go_on
    inbox       seen, remember, forget
    recall      recall, wrote, watch
    snapshots   Witness, OneWriter, ManyWriters, Snapshot
    engines     opened, in_memory, returns_a_row
    lanes       Line, Lane
    turns       Turn · wait, mine
    checks      late_asks, late_digests, late_messages, asks_without_message, messages_without_ask,
                people_told_twice, messages_twice_there, episodes_without_ask, answered_since
    received    Request · add, take, done, failed, later, forget
    repositories Row · follow, claim_due, asked, hold, get, all_of, renamed, links · first_told, told_of, all_told, forget
    audit       Happening, Check · append, recent, of_subject, check, redact, erase
    erasing     workspace, person, rows_of
    restoring   hold
    backup      Progress, BackupError · save, put_back
    questions   Question · add, of_pilot, last_asked, unregistered, tell_when_decided, to_tell, told, wants_again
    gates       Decision · propose, decide, reopen, get, of_pilot, open_of
    logins      Login, Session · issue, issued_since, issued, use · enter, session, seen, leave, leave_all, forget

A claim gives each row to one worker. Statements that look into every workspace are listed in `guard`.
"""
