-- Who may ask, and what was claimed.

-- Versions of the grants of callers (docs/access.md). The newest row counts; none is ever changed, so that who might do
-- what at a past time can be told.
CREATE TABLE access_grants (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document    jsonb       NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text        NOT NULL DEFAULT current_user
);
CREATE TRIGGER access_grants_no_change BEFORE UPDATE OR DELETE ON access_grants FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_grants_no_truncate BEFORE TRUNCATE ON access_grants FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Each exception of §4 that was claimed: who, for whom, why, when, and what was answered. The member stands under the
-- pseudonym (HMAC-SHA256 of the id by facts_identity.pseudonym_salt), so that the record can outlast an erasure.
CREATE TABLE exception_claim (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    claimed_at   timestamptz NOT NULL,
    caller       text        COLLATE "C" NOT NULL,
    pseudonym    bytea       NOT NULL,
    recipient_id text        NOT NULL,
    claim        jsonb       NOT NULL,
    outcome      text        NOT NULL,
    reasons      text[]      NOT NULL
);
CREATE INDEX exception_claim_pseudonym ON exception_claim (pseudonym, seq);
CREATE TRIGGER exception_claim_no_change BEFORE UPDATE OR DELETE ON exception_claim FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER exception_claim_no_truncate BEFORE TRUNCATE ON exception_claim FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
