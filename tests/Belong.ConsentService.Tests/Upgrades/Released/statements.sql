DELETE FROM history WHERE subject_kind = 'member' AND subject_id = $1
;;
INSERT INTO determination (ref, record)
SELECT put.id, put.record FROM unnest($1::text[], $2::jsonb[]) WITH ORDINALITY AS put (id, record, position) ORDER BY position
ON CONFLICT (ref) DO UPDATE SET record = excluded.record
;;
INSERT INTO erased_member (pseudonym, version, facts) VALUES ($1, $2, $3)
;;
INSERT INTO exception_claim (claimed_at, caller, pseudonym, recipient_id, claim, outcome, reasons)
VALUES ($1, $2, $3, $4, $5, $6, $7)
;;
INSERT INTO facts_identity (generation, system_identifier, timeline, pseudonym_salt)
SELECT $1, system_identifier, timeline, $2 FROM (SELECT system_identifier::text AS system_identifier,
    left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' || 'member'::regclass::oid AS timeline
FROM pg_control_system()) server
ON CONFLICT (one) DO NOTHING
;;
INSERT INTO history (subject_kind, subject_id, version, changes, received_at, recorded_at, caller, actor, reason, idempotency_key, content_hash, xid)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, coalesce($12, pg_current_xact_id()))
;;
INSERT INTO member (id, facts, erasure_due) VALUES ($1, $2, $3) RETURNING changed_xid
;;
INSERT INTO policy_version (id, record)
SELECT put.id, put.record FROM unnest($1::text[], $2::jsonb[]) WITH ORDINALITY AS put (id, record, position) ORDER BY position
ON CONFLICT (id) DO UPDATE SET record = excluded.record
;;
INSERT INTO schema_migration (name, checksum) VALUES ($1, $2)
;;
INSERT INTO vendor (id, record)
SELECT put.id, put.record FROM unnest($1::text[], $2::jsonb[]) WITH ORDINALITY AS put (id, record, position) ORDER BY position
ON CONFLICT (id) DO UPDATE SET record = excluded.record
;;
SELECT EXISTS (SELECT FROM facts_identity)
;;
SELECT EXISTS (SELECT FROM lineage WHERE mark = $1)
;;
SELECT at, member_id FROM member_boundary WHERE (at, member_id) > ($1, $2) AND at < $3 ORDER BY at, member_id LIMIT 1000
;;
SELECT generation FROM facts_identity
;;
SELECT generation, system_identifier, timeline FROM facts_identity
;;
SELECT id, erasure_due FROM member WHERE erasure_due <= $1 AND (erasure_due, id) > ($2, $3) ORDER BY erasure_due, id LIMIT $4
;;
SELECT id, record FROM policy_version ORDER BY ordinal
;;
SELECT id, record FROM vendor ORDER BY id
;;
SELECT id, version, facts FROM member WHERE changed_xid >= $1 AND changed_xid < pg_snapshot_xmax(pg_current_snapshot())
UNION ALL
SELECT id, version, facts FROM member WHERE changed_xid = ANY($2)
;;
SELECT known.generation = $4 AND known.is_same AND pg_visible_in_snapshot($5, pg_current_snapshot()), member.version, member.facts
FROM (SELECT recorded.generation, recorded.system_identifier = server.system_identifier AND recorded.timeline = server.timeline
    AND (recorded.generation <> $1 OR EXISTS (SELECT FROM lineage WHERE mark = $2))
FROM facts_identity recorded, (SELECT system_identifier::text AS system_identifier,
    left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' || 'member'::regclass::oid AS timeline
FROM pg_control_system()) server) known (generation, is_same) LEFT JOIN member ON member.id = $3
;;
SELECT known.generation, known.is_same, pg_current_snapshot()::text
FROM (SELECT recorded.generation, recorded.system_identifier = server.system_identifier AND recorded.timeline = server.timeline
    AND (recorded.generation <> $1 OR EXISTS (SELECT FROM lineage WHERE mark = $2))
FROM facts_identity recorded, (SELECT system_identifier::text AS system_identifier,
    left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' || 'member'::regclass::oid AS timeline
FROM pg_control_system()) server) known (generation, is_same)
;;
SELECT name, checksum FROM schema_migration ORDER BY name
;;
SELECT pg_current_snapshot()::text, (SELECT version FROM register), (SELECT generation FROM facts_identity),
    (SELECT mark FROM lineage ORDER BY seq DESC LIMIT 1)
;;
SELECT pg_current_snapshot()::text, pg_notify('consent_facts', ''), recorded.generation,
    recorded.system_identifier = server.system_identifier AND recorded.timeline = server.timeline,
    (SELECT mark FROM lineage ORDER BY seq DESC LIMIT 1),
    (recorded.generation = $1 AND NOT EXISTS (SELECT FROM lineage WHERE mark = $2))
        OR (recorded.generation = $3 AND NOT EXISTS (SELECT FROM lineage WHERE mark = $4))
FROM facts_identity recorded, (SELECT system_identifier::text AS system_identifier,
    left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' || 'member'::regclass::oid AS timeline
FROM pg_control_system()) server
;;
SELECT pseudonym_salt FROM facts_identity
;;
SELECT recorded.generation, recorded.system_identifier = server.system_identifier AND recorded.timeline = server.timeline
    AND (recorded.generation <> $1 OR EXISTS (SELECT FROM lineage WHERE mark = $2))
FROM facts_identity recorded, (SELECT system_identifier::text AS system_identifier,
    left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' || 'member'::regclass::oid AS timeline
FROM pg_control_system()) server
;;
SELECT ref, record FROM determination ORDER BY ref
;;
SELECT seq, version, recorded_at, caller, actor, reason, idempotency_key, changes, received_at FROM history
WHERE subject_kind = 'member' AND subject_id = $1 AND seq > $2 ORDER BY seq LIMIT $3
;;
SELECT subject_kind, content_hash, version, recorded_at,
       CASE WHEN xid < pg_snapshot_xmax(pg_current_snapshot()) THEN xid ELSE pg_current_xact_id() END, changes
FROM history WHERE caller = $1 AND idempotency_key = $2
;;
SELECT system_identifier::text AS system_identifier,
    left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' || 'member'::regclass::oid AS timeline
FROM pg_control_system()
;;
SELECT to_regclass('schema_migration') IS NOT NULL AND to_regclass('facts_identity') IS NOT NULL
;;
SELECT version FROM register FOR UPDATE
;;
SELECT version, changed_xid FROM register
;;
SELECT version, changes, recorded_at, caller, actor, reason, idempotency_key, content_hash, xid, received_at
FROM history WHERE subject_kind = 'member' AND subject_id = $1 AND changes @? '$[*].erasure' ORDER BY seq DESC LIMIT 1
;;
SELECT version, facts FROM erased_member WHERE pseudonym = $1
;;
SELECT version, facts FROM member WHERE id = $1
;;
SELECT version, facts FROM member WHERE id = $1 AND erasure_due <= $2 FOR UPDATE SKIP LOCKED
;;
SELECT version, facts FROM member WHERE id = $1 FOR UPDATE
;;
UPDATE member SET facts = $2, erasure_due = $3 WHERE id = $1 RETURNING changed_xid
;;
UPDATE member SET facts = $2, erasure_due = NULL WHERE id = $1
;;
WITH added AS (INSERT INTO lineage DEFAULT VALUES RETURNING seq),
    pruned AS (DELETE FROM lineage WHERE seq <= (SELECT seq FROM added) - 10000)
SELECT set_config('synchronous_commit', 'local', true), pg_notify('consent_facts', '')
