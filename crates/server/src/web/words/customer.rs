//! What customers read. 您 throughout; cause, then what to do.

super::words! {
    /// The group page and the pages of links that lead nowhere.
    CustomerWords {
        making: "正在建群", "Your group is being made";
        making_lead: "群马上就好。建好后这里会自动更新，不用刷新。",
            "It will be ready shortly. This page updates by itself, there is no need to reload.";
        making_status: "正在建群，请稍等", "Making the group, one moment";
        making_slow: "比平时久一点，还在继续。您可以先离开，之后用同一个链接回来。",
            "It takes longer than usual and still goes on. You can leave and come back with the same link.";
        steps_label: "建群进度", "Progress of the group";
        step_received: "已登记", "Registered";
        step_making: "正在建群", "Being made";
        step_ready: "建好", "Ready";
        step_done: "完成", "done";

        retrying: "群还在建", "Your group is still being made";
        retrying_lead: "第一次没有建成，正在自动重试。建好后这里会自动更新，链接和二维码不用换。",
            "The first attempt did not work and it is being tried again by itself. This page updates when it is ready. The link and the QR code stay the same.";
        retrying_status: "正在重试，请稍等", "Trying again, one moment";

        failed: "群没有建成", "The group could not be made";
        failed_lead: "请联系给您链接的客服，请客服再点一次「一键拉群」。链接和二维码不用换。",
            "Please contact the agent who gave you this link and ask for the group to be made again. The link and the QR code stay the same.";
        failed_status: "建好后这里会自动更新，不用刷新。", "This page updates by itself when the group is ready.";

        ready: "群已建好", "Your group is ready";
        ready_lead: "{company}的客服会在这里接待您。不用注册，也不用下载。",
            "The support team of {company} will help you here. You need no account and no app.";
        chat: "群聊", "Chat";
        opening: "正在打开聊天", "Opening the chat";
        name: "怎么称呼您", "Your name";
        optional: "选填", "optional";
        name_hint: "只在这个群里显示，下次打开不用再填。", "Shown in this group only. You need not fill it in again next time.";
        tail: "手机号后四位", "Last four digits of your phone number";
        tail_hint: "填对了可以看到之前的聊天，不知道可以不填。",
            "With the right digits you see what was said before. Leave it empty if you do not know them.";
        join: "进入群聊", "Join the chat";
        reopen: "重新打开并进入", "Reopen and join";
        consent: "进入即表示您同意{company}处理您在群里发送的内容。",
            "By joining you agree that {company} processes what you send in this group.";
        privacy: "隐私说明", "Privacy notice";
        no_script: "群聊要用 JavaScript，请在浏览器里打开它。", "The chat needs JavaScript. Please switch it on in the browser.";

        closing: "对话快要结束了", "This conversation is about to close";
        closing_lead: "客服认为问题已经解决。如果还有问题，重新打开就可以继续。",
            "Support believes the problem is solved. If it is not, reopen the group and go on.";
        closed: "对话已经结束", "This conversation has ended";
        closed_lead: "问题又出现了？重新打开后，客服会收到通知。链接和二维码不用换。",
            "Has the problem come back? Reopen the group and support is told. The link and the QR code stay the same.";
        dissolved: "这个群已结束", "This group has ended";
        dissolved_lead: "它不会再打开，这个链接也不会转到别的群。还需要帮助的话，请把这个链接发给客服，请客服建一个新群。",
            "It will not open again, and this link does not lead to another group. If you still need help, send support this link and ask for a new group.";

        removed: "您已不在这个群里", "You are no longer in this group";
        removed_lead: "客服把您移出了群聊。还需要帮助的话，请在您收到链接的地方联系客服。",
            "Support has removed you. If you still need help, contact support where you got this link.";
        renewed: "这张二维码换过了", "This QR code has been replaced";
        renewed_lead: "客服更新了链接和二维码，旧的不能再用。请向客服要新的。",
            "Support has renewed the link and the QR code, so the old ones no longer work. Please ask support for the new ones.";
        malformed: "链接不完整", "The link is incomplete";
        malformed_lead: "链接可能少了几个字，或者多了几个字。请重新扫码，或者从原来的消息里重新点开。",
            "A few characters may be missing, or there may be some too many. Please scan the code again, or open the link again from the message it came in.";
        unknown: "没有找到这个群", "This group was not found";
        unknown_lead: "这个链接没有对应的群。请重新扫码；还是不行的话，请向给您链接的客服要新的。",
            "No group belongs to this link. Please scan the code again. If that does not help, ask the agent who gave you the link for a new one.";

        group: "群名", "Group";
        created: "建群时间", "Created";
        state: "状态", "State";
        copy_link_for_staff: "复制链接，发给客服", "Copy the link for support";
        on_phone: "用手机打开", "Open it on your phone";
        on_phone_lead: "用手机扫这张码，打开的是同一个群。", "Scan this code with your phone. It opens the same group.";
        qr_label: "这个群的二维码", "QR code of this group";
    }
}
