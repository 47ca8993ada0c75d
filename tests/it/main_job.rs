//! The main job: a signed call makes a durable group, with link and QR code.

use serde_json::json;

use crate::harness::{Engine, Server, TENANT};

#[tokio::test]
async fn the_documented_example_answers_and_answers_the_same_again() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let caller = server.caller();
        let object = json!({"case_id": "123", "tenant_id": TENANT, "staff_id": "123", "outer_type": "111"});
        let first = caller.communicate(&object).await;
        let again = caller.communicate(&object).await;
        assert_eq!((first.status, first.content_type.as_str()), (200, "text/javascript;charset=UTF-8"));
        assert_eq!(first.result()["code"], "200");
        assert_eq!(first.result()["success"], true);
        assert_eq!(first.data()["account_type"], 1);
        assert_eq!(first.permanent_link(), again.permanent_link());
        for member in ["group_qr_code", "team_group_id"] {
            assert_eq!(first.data()[member], again.data()[member], "{member}");
            assert_eq!(first.data()[member], server.printed[member], "{member} as the demo printed it");
        }
    }
}
