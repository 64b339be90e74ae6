//! The first page tells what the running parts did.

use super::running::Running;

fn says(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "{text} is not in\n{page}");
    }
}

#[tokio::test]
async fn the_first_page_tells_each_letter_step_by_step_with_its_files_and_headers() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Running::start(dir.path()).await;
    let page = demo
        .until_page_says("/?pace=live", "30001 Known here")
        .await;
    let told = [
        "Bill GARTON",
        "969 363 2109",
        "is delivered",
        ", A20047",
        "A20047OT001",
        "20013 Success",
        "Listening. Nothing from Y90001OT001 yet.",
        "connect/send.py",
    ];
    says(&page, &told);
    let page = demo.page("/?journey=1&step=2").await;
    let looked_into = [
        "mex-workflowid:",
        "(hidden)",
        "202 Accepted",
        "letter.dat",
        "by the rules of",
    ];
    says(&page, &looked_into);
    says(
        &demo.page("/journeys/1/letter.dat").await,
        &["MessageHeader"],
    );
    says(
        &demo.page("/connect/connect.env").await,
        &["MESH_PASSWORD="],
    );
}

#[tokio::test]
async fn each_trouble_is_told_where_it_is_and_is_over_once_it_is_switched_off() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Running::start(dir.path()).await;
    demo.until_page_says("/?pace=live", "is delivered").await;
    demo.send("unknown-patient").await;
    let page = demo.until_page_says("/?pace=live", "Report EPL-153").await;
    says(&page, &["none will come", "Send one with the right number"]);
    demo.send("duplicate").await;
    says(
        &demo
            .until_page_says("/?pace=live", "20007 Duplicate Message")
            .await,
        &[" again"],
    );
    for (fault, words) in [
        ("pds-away", "because you switched it off"),
        ("server-busy", "because you told it to"),
        ("expired-certificate", "because it has expired"),
    ] {
        demo.switch(fault, true).await;
        demo.send("delivered").await;
        demo.until_page_says("/?pace=live", words).await;
        demo.switch(fault, false).await;
        demo.until_page_says("/?pace=live", "is delivered").await;
    }
}
