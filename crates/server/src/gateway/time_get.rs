//! `taobao.time.get`: the server's time, by which SDK users try their signature.

use top::Value;

use super::{Call, Done};

pub(super) fn call(call: &Call<'_>) -> Done {
    Done { value: Value::object([("time", Value::Date(call.now_ms))]), version_checked: false }
}
