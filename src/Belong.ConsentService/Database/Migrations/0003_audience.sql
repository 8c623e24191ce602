-- What watches of audiences read: who changed, page by page, and whose answer changes by itself as time goes by.

-- The index locks out writes until the triggers below stand, so that no write is missed.
DROP INDEX member_changed_xid;
CREATE INDEX member_changed_xid ON member (changed_xid, id);

-- Instants at which a fact of a member begins or ends, such as 2027-01-01T00:00:00.000000000: text with all nine decimals,
-- so that their order is that of time, and no cast can make a write fail.
CREATE TABLE member_boundary (
    at        text COLLATE "C" NOT NULL,
    member_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (at, member_id)
);

-- The instants anywhere in facts that are later than another, given as {"since": "2026-01-01T00:00:00"}.
CREATE FUNCTION facts_instants(facts jsonb, later_than jsonb) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
    SELECT rpad(CASE WHEN length(found #>> '{}') = 20 THEN left(found #>> '{}', 19) || '.' ELSE left(found #>> '{}', -1) END, 29, '0')
    FROM jsonb_path_query(facts, 'strict $.** ? (@ > $since && @ < "3")', later_than) found
    WHERE (found #>> '{}') ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?[Zz]$'
$$;

-- What is past is left out, but for an hour: the clocks of the instances may be behind this one.
CREATE FUNCTION boundaries_since() RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('since', to_char(now() AT TIME ZONE 'UTC' - interval '1 hour', 'YYYY-MM-DD"T"HH24:MI:SS'))
$$;

INSERT INTO member_boundary (at, member_id)
SELECT DISTINCT instant, id FROM (SELECT boundaries_since() AS since) known, member, facts_instants(facts, since) instant;
CREATE INDEX member_boundary_member ON member_boundary (member_id);

-- Without scans of the table: a plan that was made while it was small is kept.
CREATE FUNCTION member_note_boundaries() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    since jsonb := boundaries_since();
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM member_boundary WHERE member_id = ANY (ARRAY(SELECT id FROM changed));
    END IF;
    INSERT INTO member_boundary (at, member_id)
    SELECT instant, id FROM changed, facts_instants(facts, since) instant
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER member_boundary_insert AFTER INSERT ON member REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION member_note_boundaries();
CREATE TRIGGER member_boundary_update AFTER UPDATE ON member REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION member_note_boundaries();
