//! What staff read: no pronoun, cause and remedy, 工单 ticket, 客户 customer, 建群回执 receipt.

super::words! {
    /// The staff pages.
    StaffWords {
        gate: "登录后才能看这个群", "Sign in to see this group";
        gate_lead: "这个地址不会变，可以收藏；但是没有登录时，这里不显示工单和成员。",
            "This address stays the same and can be bookmarked. Without signing in it shows no ticket and no members.";
        busy: "正在登录", "Signing in";
        busy_lead: "正在核对链接里的登录凭证。", "The sign-in ticket in the link is being checked.";
        done: "已登录", "Signed in";
        done_lead: "正在打开群页面。", "The group page is being opened.";
        expired: "登录链接过期了", "The sign-in link has expired";
        expired_lead: "登录链接从点击「一键拉群」起 10 分钟内有效，这一个已经超过时间。",
            "A sign-in link is valid for 10 minutes after the click that made the group link. This one is older.";
        used: "登录链接已经用过", "The sign-in link has been used";
        used_lead: "每个登录链接只能用一次。如果不是本人用的，请告诉管理员。",
            "Each sign-in link works once. If somebody else used it, tell the administrator.";
        invalid: "登录链接不对", "The sign-in link is not valid";
        invalid_lead: "链接可能被截断或改动过，或者是另一套系统发的。",
            "It may have been cut off or changed, or another system has issued it.";
        offline: "没能连上服务器", "The server could not be reached";
        offline_lead: "请检查网络，然后再试。登录链接还在，不用重新打开。", "Please check the network and try again. The sign-in link is still here, there is no need to open it again.";
        refused: "登录没有成功", "Signing in did not work";
        refused_lead: "服务器没有接受登录，返回码 {status}。", "The server did not accept it and answered {status}.";
        retry: "再试一次", "Try again";
        no_script: "这里要用 JavaScript 登录，请在浏览器里打开它。", "Signing in needs JavaScript. Please switch it on in the browser.";
        how: "怎么进来", "How to get in";
        how_click: "在工单里再点一次「一键拉群」，用新的链接进来。", "Click the group button in the ticket again and use the new link.";
        how_admin: "没有工单页面时，请管理员运行下面的命令，得到一个新链接。",
            "Without the ticket page, ask the administrator to run the command below and send the new link.";
        how_note: "登录链接 10 分钟内有效，只能用一次。", "A sign-in link is valid for 10 minutes and works once.";

        missing: "没有找到这个群", "This group was not found";
        missing_lead: "群不存在，或者当前登录的人不在群里。", "There is no such group, or the person signed in is not a member.";
        missing_me: "当前登录", "Signed in as";
        missing_how: "接下来", "What to do";
        missing_click: "在工单里再点一次「一键拉群」，点的人会自动进群。", "Click the group button in the ticket again. Whoever clicks becomes a member.";
        missing_ask: "或者请管理员运行 laqun group show，看群里有谁。", "Or ask the administrator to run laqun group show and see who is in it.";

        title: "群", "group";
        sections: "看哪一部分", "What to look at";
        side: "工单、成员和回执", "Ticket, members and receipt";
        fold: "收起", "Fold";
        unfold: "展开", "Open";
        me: "当前登录：{name}", "Signed in as {name}";
        more: "更多", "More";
        shut: "关闭", "Close this window";
        chat_no_script: "聊天要用 JavaScript，请在浏览器里打开它。工单、成员和回执不受影响。",
            "The chat needs JavaScript. Please switch it on in the browser. Ticket, members and receipt are shown without it.";

        lane_customer: "客户可见", "Customer sees this";
        lane_customer_short: "客户可见", "Customer";
        lane_internal: "仅内部", "Internal only";
        lane_internal_short: "仅内部", "Internal";
        lane_internal_note: "客户永远看不到", "The customer never sees it";

        ticket: "工单", "Ticket";
        ticket_untitled: "还没有标题", "No title yet";
        edit_ticket: "编辑工单", "Edit ticket";
        fill_ticket: "填写工单", "Fill in ticket";
        stages: "工单进度", "Progress of the ticket";
        stage_accepted: "已受理", "Received";
        stage_in_progress: "处理中", "In progress";
        stage_pending: "待确认", "To confirm";
        stage_done: "完成", "Done";
        stage_passed: "已过", "passed";
        stage_ahead: "未到", "ahead";
        priority: "优先级", "Priority";
        low: "低", "Low";
        medium: "中", "Medium";
        high: "高", "High";
        urgent: "紧急", "Urgent";
        assignee: "负责人", "Owner";
        nobody: "还没有", "Nobody yet";
        ticket_created: "建单时间", "Created";
        channel: "渠道", "Channel";
        description: "描述", "Description";
        description_note: "仅内部能看到描述。", "Only staff see the description.";
        ticket_stub: "工单系统还没有传来标题和内容。", "The ticket system has not sent a title or details yet.";
        conversation: "会话 ID", "Conversation id";
        chat: "群 ID", "Group id";
        copy_value: "复制{what}", "Copy {what}";

        poster: "海报", "Poster";
        qr: "客户二维码", "Customer QR code";
        qr_lead: "客户扫码打开群页面，不用注册，不用下载。", "The customer scans it and opens the group page. No account, no app.";
        qr_stays: "群在，码就有效，不用换。", "It works as long as the group does and never has to be replaced.";
        qr_label: "客户二维码，内容是下面的链接", "Customer QR code for the link below";
        link_label: "客户链接", "Customer link";
        copy_link: "复制链接", "Copy link";
        download: "下载图片", "Download PNG";

        note_making: "正在建群。链接和二维码已经可用，可以先给客户。建好后这里会自动更新。",
            "The group is being made. The link and the QR code already work and can be given to the customer. This page updates by itself.";
        note_retrying: "建群没有成功，正在自动重试，原因见建群回执。链接和二维码已经可用。",
            "Making the group failed and is being tried again by itself, see the receipt. The link and the QR code already work.";
        note_failed: "群没有建成，原因和办法见建群回执。在工单里再点一次「一键拉群」会重新开始，链接不变。",
            "The group could not be made, see cause and remedy in the receipt. Another click on the group button in the ticket starts again, with the same link.";
        note_closing: "群正在结束。在工单里再点一次「一键拉群」，群会继续。", "The group is closing. Another click on the group button in the ticket keeps it open.";
        note_closed: "群已结束。在工单里再点一次「一键拉群」会重新打开，链接和二维码不变。",
            "The group is closed. Another click on the group button in the ticket reopens it, with the same link and QR code.";
        note_dissolved: "群已解散，不会再打开，客户会看到「这个群已结束」。在工单里再点一次「一键拉群」会建新群，用新的二维码。",
            "The group is dissolved and stays so, and the customer reads that it has ended. Another click on the group button in the ticket makes a new group with a new QR code.";

        members: "成员", "Members";
        no_members: "还没有成员", "No members yet";
        no_members_lead: "建群时会按规则拉人，结果写在建群回执里。", "People are added by rule while the group is made. The receipt tells the result.";
        customer: "客户", "Customer";
        guest: "访客", "Guest";
        external: "外部成员", "External";
        invite: "邀请同事", "Invite colleague";
        member_menu: "对 {name} 的操作", "What to do with {name}";
        you: "本人", "You";
        joined: "{time} 进群", "Joined {time}";
        not_joined: "未进群", "Not joined";

        receipt: "建群回执", "Receipt";
        receipt_done_one: "{n} 步完成", "{n} step done";
        receipt_done: "{n} 步完成", "{n} steps done";
        receipt_look: "{n} 步要看", "{n} to look at";
        receipt_both: "{done}，{look}", "{done}, {look}";
        no_receipt: "还没有记录", "Nothing recorded yet";
        no_receipt_lead: "建群的每一步会连同凭据写在这里。", "Each step of making the group is recorded here with its evidence.";
        step_ok: "完成", "Done";
        step_wait: "等待", "Waiting";
        step_fail: "未完成", "Failed";
        step_note: "记录", "Note";
        evidence: "凭据：", "Evidence:";
        cause: "原因", "Cause";
        remedy: "办法", "Remedy";
    }
}
