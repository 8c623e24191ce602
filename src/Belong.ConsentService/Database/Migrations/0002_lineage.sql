-- Random marks, one more every second from each feed. A backup holds those made up to then: a mark that was
-- seen here and is gone proves that the database was put back, whatever its transaction ids say by now.
CREATE TABLE lineage (
    seq  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mark uuid   NOT NULL UNIQUE DEFAULT gen_random_uuid()
);
