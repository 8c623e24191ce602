-- Facts, their history, and what the change feed reads. Ids compare byte by byte (COLLATE "C").

-- Which database this is. A restore or a failover that lost writes gives it a new generation, under
-- which the cache is built anew.
CREATE TABLE facts_identity (
    one               boolean PRIMARY KEY DEFAULT true CHECK (one),
    generation        text    NOT NULL,
    system_identifier text    NOT NULL,
    timeline          text    NOT NULL,
    pseudonym_salt    bytea   NOT NULL
);

-- The facts of each member as they are known now. changed_xid is what the feed's cursor reads.
CREATE TABLE member (
    id          text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[ -~]{1,64}$'),
    version     bigint      NOT NULL DEFAULT 1 CHECK (version > 0),
    facts       jsonb       NOT NULL,
    erasure_due timestamptz,
    changed_xid xid8        NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX member_changed_xid ON member (changed_xid);
CREATE INDEX member_erasure_due ON member (erasure_due) WHERE erasure_due IS NOT NULL;

-- The register: vendors, policy versions, determinations. Small, read whole; one version for all of it.
CREATE TABLE register (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    version     bigint NOT NULL,
    changed_xid xid8   NOT NULL DEFAULT pg_current_xact_id()
);
INSERT INTO register (version) VALUES (0);

CREATE TABLE vendor (
    id     text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[ -~]{1,64}$'),
    record jsonb NOT NULL
);

CREATE TABLE policy_version (
    id      text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[ -~]{1,64}$'),
    ordinal bigint GENERATED ALWAYS AS IDENTITY,
    record  jsonb NOT NULL
);

CREATE TABLE determination (
    ref    text COLLATE "C" PRIMARY KEY CHECK (ref ~ '^[ -~]{1,64}$'),
    record jsonb NOT NULL
);

-- Every write, whole, in the order of recording. Rows are never updated; they are deleted only when
-- a member is erased.
CREATE TABLE history (
    seq             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject_kind    text   NOT NULL CHECK (subject_kind IN ('member', 'register', 'import')),
    subject_id      text   COLLATE "C" NOT NULL,
    version         bigint NOT NULL,
    changes         jsonb  NOT NULL,
    received_at     timestamptz NOT NULL,
    recorded_at     timestamptz NOT NULL,
    caller          text   COLLATE "C" NOT NULL,
    actor           text   NOT NULL,
    reason          text   NOT NULL,
    idempotency_key text   COLLATE "C",
    content_hash    bytea,
    xid             xid8   NOT NULL DEFAULT pg_current_xact_id()
);
CREATE UNIQUE INDEX history_idempotency ON history (caller, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX history_subject ON history (subject_kind, subject_id, seq);

-- What an erased member's facts were, under a pseudonym: read only by an AUDIT check of a time before
-- the erasure.
CREATE TABLE erased_member (
    pseudonym bytea  PRIMARY KEY,
    version   bigint NOT NULL,
    facts     jsonb  NOT NULL
);

CREATE FUNCTION member_before_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE TRIGGER member_before_update BEFORE UPDATE ON member FOR EACH ROW EXECUTE FUNCTION member_before_update();

CREATE FUNCTION register_before_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE TRIGGER register_before_update BEFORE UPDATE ON register FOR EACH ROW EXECUTE FUNCTION register_before_update();

-- One version for each transaction, however many entries it puts.
CREATE FUNCTION register_entry_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE register SET version = version WHERE changed_xid <> pg_current_xact_id();
    RETURN NULL;
END $$;
CREATE TRIGGER vendor_changed AFTER INSERT OR UPDATE OR DELETE ON vendor FOR EACH STATEMENT EXECUTE FUNCTION register_entry_changed();
CREATE TRIGGER policy_version_changed AFTER INSERT OR UPDATE OR DELETE ON policy_version FOR EACH STATEMENT EXECUTE FUNCTION register_entry_changed();
CREATE TRIGGER determination_changed AFTER INSERT OR UPDATE OR DELETE ON determination FOR EACH STATEMENT EXECUTE FUNCTION register_entry_changed();

-- A wake-up without content, at most one per transaction; the cursor carries what changed.
CREATE FUNCTION notify_facts_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('consent_facts', '');
    RETURN NULL;
END $$;
CREATE TRIGGER member_notify AFTER INSERT OR UPDATE ON member FOR EACH STATEMENT EXECUTE FUNCTION notify_facts_changed();
CREATE TRIGGER register_notify AFTER UPDATE ON register FOR EACH STATEMENT EXECUTE FUNCTION notify_facts_changed();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is not allowed on %', TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER member_no_delete BEFORE DELETE ON member FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER history_no_update BEFORE UPDATE ON history FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER history_no_delete BEFORE DELETE ON history FOR EACH ROW
    WHEN (current_setting('consent.erasing', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER member_no_truncate BEFORE TRUNCATE ON member FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER history_no_truncate BEFORE TRUNCATE ON history FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
