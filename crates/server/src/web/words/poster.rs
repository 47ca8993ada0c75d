//! What stands on the poster, and around it on the page that prints it.

super::words! {
    /// The poster.
    PosterWords {
        head: "扫一扫，直接和我们说", "Scan to talk to us";
        scan: "手机相机或微信扫码，打开就是聊天。", "Use your camera or WeChat: the chat opens.";
        no_account: "不用注册，不用下载。", "No account, no app.";
        typed: "不能扫码？在浏览器里输入", "Cannot scan? Type this in a browser";
        valid: "问题解决前，这张码一直有效。", "This code works until your problem is solved.";
        qr_label: "这个群的二维码", "QR code of this group";

        title: "二维码海报", "QR poster";
        lead: "打印出来，或者存成图片发给客户。谁扫到这张码都能进群，请只给这位客户。",
            "Print it, or save it as a picture for the customer. Whoever scans the code can join, so give it to this customer only.";
        size: "纸张", "Paper";
        size_a6: "A6 卡片", "A6 card";
        size_a4: "A4 海报", "A4 poster";
        size_receipt: "80 毫米小票", "80 mm receipt";
        save: "保存", "Save";
        print: "用浏览器的打印功能打印本页，纸张已经设好。", "Print this page with your browser. The paper size is set.";
    }
}
