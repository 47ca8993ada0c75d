//! What goes wrong, in words.

super::words! {
    /// Error pages.
    ErrorWords {
        not_found: "没有这个页面", "There is no such page";
        not_found_lead: "地址可能写错了，或者页面已经移走。请回到给您链接的消息里重新打开。",
            "The address may be mistyped, or the page has moved. Please open the link again from the message it came in.";
        method: "这个地址不接受这种请求", "This address does not take such a request";
        method_lead: "请从原来的链接重新打开页面。", "Please open the page again from its link.";
        refused: "这个请求没有被接受", "This request was not accepted";
        refused_lead: "请从原来的链接重新打开页面。还是不行的话，请联系给您链接的人。",
            "Please open the page again from its link. If that does not help, contact the person who gave you the link.";
        internal: "这次没有处理成功", "This did not work";
        internal_lead: "原因已经记在服务器的日志里。请过一会儿再试。",
            "The cause is in the server's log. Please try again in a while.";
        busy: "服务器现在忙不过来", "The server is busy";
        busy_lead: "已经保存的内容不会丢。请过几秒再试。", "Nothing that was saved is lost. Please try again in a few seconds.";
        retry: "再试一次", "Try again";
        code: "HTTP {status}", "HTTP {status}";
        request_id: "请求号", "Request number";
        request_id_lead: "还是不行的话，请把请求号告诉管理员。", "If that does not help, give the request number to the administrator.";
    }
}
