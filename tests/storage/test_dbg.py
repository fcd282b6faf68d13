from tests.storage.conftest import *
from tests.storage.kit import *
from storage.dialects import insert_for
from storage import asks
def test_x(db):
    def go(conn):
        seed(conn)
        t=METADATA.tables["asks"]
        vals=dict(workspace_id=OURS,id="x",pilot_id="P01",episode_id=None,kind="pulse",rung=0,person_id="dora",role="sponsor",state="waiting",created_on=TODAY,created_at=NOW,not_before=NOW,outbox_id=None,said_on=None,answer="",answered_at=None,details={})
        r=conn.execute(insert_for(conn,t).values(**vals).on_conflict_do_nothing())
        print("ROWCOUNT", r.rowcount, r.context.statement if hasattr(r.context,'statement') else '')
        print(conn.execute(select(t).where(t.c.workspace_id==OURS)).all())
    db.write_now(go)
