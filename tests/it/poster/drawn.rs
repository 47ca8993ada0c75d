//! What comes out can be scanned, and has the size of the paper.

use super::{file, path, run, scanned};
use crate::harness::{Engine, Server, TENANT};

/// Names that are hard to place.
const COMPANIES: [&str; 3] = [
    "云杉家电售后",
    "云杉家电售后服务中心，华东大区上海浦东新区分公司，安装与维修联合调度处，二十四小时值班台，请把这张码交给师傅",
    "Spruce Home Appliances After-Sales Service of the Eastern Region, Installation and Repair, Night Desk",
];

/// Word, width and height in millimetres; a receipt is as long as it needs to be.
const PAPERS: [(&str, f64, Option<f64>); 3] =
    [("a6", 105.0, Some(148.0)), ("a4", 210.0, Some(297.0)), ("80mm", 80.0, None)];

#[tokio::test]
async fn each_paper_in_each_format_scans_to_the_customers_address_and_says_who_it_is_from() {
    for engine in Engine::all() {
        let server = Server::start(engine).await;
        let path = path(&server, "202611230187").await;
        let link = format!("{}{path}", server.url);
        for (company, lang) in COMPANIES.into_iter().zip(["zh", "zh", "en"]) {
            server.admin_json("tenant set", &[&TENANT.to_string(), "--name", company]);
            for (paper, width, height) in PAPERS {
                let query = format!("?size={paper}&lang={lang}");
                pdf(&server, &path, &query, &link, company, (width, height)).await;
                png(&server, &path, &query, &link, (width, height)).await;
                svg(&server, &path, &query, &link, (width, height)).await;
            }
        }
    }
}

fn is_near(found: f64, wanted: f64) -> bool {
    (found - wanted).abs() < 0.6
}

async fn pdf(
    server: &Server,
    path: &str,
    query: &str,
    link: &str,
    company: &str,
    (width, height): (f64, Option<f64>),
) {
    let pdf = file(server, &format!("{path}/poster.pdf{query}"), "p.pdf", "application/pdf").await;
    let info = run("pdfinfo", &[&pdf]);
    assert!(info.contains("Pages:           1"), "{info}");
    let size = info.lines().find_map(|line| line.strip_prefix("Page size:")).expect("a size");
    let points: Vec<f64> = size.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let (w, h) = (points[0] / 72.0 * 25.4, points[1] / 72.0 * 25.4);
    assert!(is_near(w, width) && height.is_none_or(|height| is_near(h, height)), "{query}: {size}");
    let text: String =
        run("pdftotext", &["-raw", &pdf, "-"]).chars().filter(|c| !c.is_whitespace()).collect();
    let name: String = company.chars().filter(|c| !c.is_whitespace()).take(40).collect();
    assert!(text.contains(&name), "{query}: {name} in {text}");
    let token = link.rsplit('/').next().expect("a token");
    assert!(text.contains(token) && text.contains("202611230187"), "{query}: {text}");
    let picture = server.folder.path().join("p").display().to_string();
    run("pdftoppm", &["-r", "150", "-png", "-singlefile", &pdf, &picture]);
    assert_eq!(scanned(&format!("{picture}.png")), link, "{query}");
}

async fn png(server: &Server, path: &str, query: &str, link: &str, (width, height): (f64, Option<f64>)) {
    let picture = file(server, &format!("{path}/poster.png{query}"), "q.png", "image/png").await;
    let file = std::io::BufReader::new(std::fs::File::open(&picture).expect("a file"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let info = reader.info();
    let metre = f64::from(info.pixel_dims.expect("it says how large it is").xppu);
    let (w, h) = (f64::from(info.width) / metre * 1000.0, f64::from(info.height) / metre * 1000.0);
    assert!(is_near(w, width) && height.is_none_or(|height| is_near(h, height)), "{query}: {w} × {h}");
    assert_eq!(scanned(&picture), link, "{query}");
    // With a Chinese font installed, as packages.sh does, there is text above the code: some dark pixels in the upper part.
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut pixels).expect("pixels");
    let dark = pixels[..pixels.len() / 5].iter().filter(|grey| **grey < 80).count();
    assert!(dark > pixels.len() / 500, "{query}: {dark} dark pixels at the top");
}

async fn svg(server: &Server, path: &str, query: &str, link: &str, (width, height): (f64, Option<f64>)) {
    let drawing = file(server, &format!("{path}/poster.svg{query}"), "r.svg", "image/svg+xml").await;
    let text = std::fs::read_to_string(&drawing).expect("a file");
    assert!(text.contains(&format!("width=\"{width}mm\"")), "{text}");
    if let Some(height) = height {
        assert!(text.contains(&format!("height=\"{height}mm\"")), "{text}");
    }
    let tree = resvg::usvg::Tree::from_str(&text, &resvg::usvg::Options::default()).expect("an SVG");
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred pixels")]
    let (w, h) = ((tree.size().width() * 2.0) as u32, (tree.size().height() * 2.0) as u32);
    let mut pixels = resvg::tiny_skia::Pixmap::new(w, h).expect("pixels");
    resvg::render(&tree, resvg::tiny_skia::Transform::from_scale(2.0, 2.0), &mut pixels.as_mut());
    let picture = server.folder.path().join("r.png");
    pixels.save_png(&picture).expect("a picture");
    assert_eq!(scanned(&picture.display().to_string()), link, "{query}");
}
