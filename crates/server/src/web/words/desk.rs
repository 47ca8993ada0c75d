//! What staff read where they act: the ticket form, the menu, the dialogs.

super::words! {
    /// The staff page's form and dialogs.
    DeskWords {
        form_lead: "保存后，工单会绑定到群「{name}」，进度显示给客户。", "Once saved, the ticket belongs to the group {name} and the customer sees its progress.";
        form_title: "标题", "Title";
        form_description_note: "仅内部能看到描述，客户只看到标题和进度。", "Only staff see the description. The customer sees title and progress.";
        form_status: "进度", "Progress";
        form_status_note: "客户会看到进度。", "The customer sees the progress.";
        optional: "选填", "optional";
        attachments: "附件", "Attachments";
        attachments_note: "仅内部能看到附件。", "Only staff see the attachments.";
        add: "添加", "Add";
        save_ticket: "保存工单", "Save ticket";
        saving: "正在保存", "Saving";
        cancel: "取消", "Cancel";

        find: "搜索群内消息", "Search this group";
        find_hint: "输入要找的词", "Type what to look for";
        find_more: "看更早的结果", "Earlier results";

        invite_label: "同事的姓名或员工号", "Name or staff id of a colleague";

        hand_over: "转交工单", "Hand over the ticket";
        hand_over_note: "以后由这位同事负责，客户会看到一行说明。", "This colleague becomes the owner. The customer sees a line about it.";
        remove: "移出群", "Remove from the group";
        remove_staff_note: "看不到新的消息，可以再邀请。", "Sees no new messages and can be invited again.";
        remove_visitor_note: "这台设备不能再进群。", "This device cannot come back.";

        rename: "修改群名", "Rename the group";
        rename_label: "新的群名", "New name";
        rename_note: "客户也会看到群名。", "The customer sees the name too.";
        rename_do: "修改", "Rename";

        close: "结束群", "Close group";
        reopen: "重新打开", "Reopen";

        renew: "更新客户链接", "Renew the customer link";
        renew_note: "旧的链接和二维码失效，已进群的人不受影响。", "The old link and QR code stop working. Whoever has joined stays.";
        history: "新访客能看之前的消息", "New guests see earlier messages";
        history_note: "关着时，只看得到自己进群以后的。", "Off: they see what is said after they joined.";
        sound: "新消息声音", "Sound for new messages";
        notify: "系统通知", "System notifications";
        notify_note: "页面不在眼前时，由系统提醒。", "The system tells of news while the page is out of sight.";
        sign_out: "退出登录", "Sign out";

        replies: "快捷回复", "Quick replies";
        replies_find: "查找", "Find";
        replies_new: "新的快捷回复", "New quick reply";
        replies_add: "添加到我的", "Add to mine";

        transcript: "下载聊天记录", "Download the transcript";
        transcript_lanes: "包含哪些消息", "Which messages";
        transcript_customer: "仅客户可见的", "Customer lane";
        transcript_both: "全部", "Both lanes";
        transcript_customer_note: "可以发给客户。", "Fit to be sent to the customer.";
        transcript_both_note: "里面有仅内部的消息，不要发给客户。", "It contains internal messages. Do not send it to the customer.";
        transcript_html: "网页", "Web page";
        transcript_txt: "纯文本", "Plain text";
    }
}
