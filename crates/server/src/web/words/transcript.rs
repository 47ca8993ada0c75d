//! What stands in a transcript beside what people said.

super::words! {
    /// The transcript.
    TranscriptWords {
        title: "聊天记录", "Transcript";
        ticket: "工单", "Ticket";
        exported: "导出时间", "Exported";
        zone: "时区", "Time zone";
        covers_customer: "范围：客户可见的消息", "Covers: what the customer sees";
        covers_both: "范围：客户可见与仅内部的消息。仅内部的部分不要交给客户。",
            "Covers: what the customer sees, and what is internal. Do not hand the internal part to the customer.";
        covers_internal: "范围：仅内部的消息，不要交给客户。", "Covers: internal messages. Do not hand them to the customer.";
        customer: "客户可见", "Customer sees this";
        internal: "仅内部", "Internal";
        staff: "客服", "staff";
        customer_kind: "客户", "customer";
        guest: "访客", "guest";
        external: "外部成员", "external";
        recalled: "（消息已撤回）", "(message recalled)";
        recall: "撤回了消息 #{n}", "recalled message #{n}";
        quotes: "引用", "Quoting";
        hidden: "（你加入之前的消息）", "(a message from before you joined)";
        image: "图片", "picture";
        file: "文件", "file";
        voice: "语音", "voice";
        nobody: "有人", "Somebody";
        joined: "{p} 加入了群", "{p} joined";
        invited: "{b} 邀请 {p} 进群", "{b} invited {p}";
        left: "{p} 离开了群", "{p} left";
        removed: "{b} 将 {p} 移出了群", "{b} removed {p}";
        renamed: "{b} 把群名改为「{v}」", "{b} renamed the group to “{v}”";
        closed: "{b} 结束了这个群", "{b} closed the group";
        reopened: "{b} 重新打开了这个群", "{b} reopened the group";
        handed_over: "{b} 把群交给 {p} 负责", "{b} handed the group over to {p}";
        ticket_status: "工单状态：{v}", "Ticket: {v}";
        link_renewed: "{b} 换了新的客户链接", "{b} renewed the customer's link";
        history_allowed: "{b} 允许访客看之前的消息", "{b} let guests see earlier messages";
        history_denied: "{b} 不再让访客看之前的消息", "{b} hid earlier messages from guests";
        satisfaction: "{p} 的评分：{v} 分（满分 5）", "{p} rated the help {v} of 5";
        contact: "{p} 留了联系方式", "{p} left a contact";
        owner_told: "没有人在看，已通知负责人", "Nobody was there: the owner was told";
        escalated: "客户等待太久，已通知全体客服", "The customer waited too long: all staff were told";
    }
}
