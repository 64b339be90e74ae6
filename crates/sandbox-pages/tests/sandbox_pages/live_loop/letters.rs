//! What the page says of a letter, step by step and at each end a letter can have.

use exchange_console::ExchangeRole;
use journey::AnswerClass;
use reqwest::header::LOCATION;
use sandbox_pages::live_loop::Fault;

use super::kit::{STARLING, World, does_not_say, id, map, part, says};

const GARTON: &str = "9693632109";
const UNKNOWN: &str = "9991106847";
/// Registered with a practice that has no mailbox.
const KILLEN: &str = "9733162043";

#[tokio::test]
async fn before_the_first_letter_the_page_says_what_each_place_is_for() {
    let world = World::new().await;
    let page = world.look("/").await;
    says(
        &page,
        &[
            "Nothing was sent yet",
            "Cumbria Starling Medical Centre",
            "The exchange",
            "Osprey Medical Centre",
        ],
    );
    says(map(&page), &["knows the patient’s", ">7<", ">13<"]);
    does_not_say(map(&page), &[" ms"]);
}

#[tokio::test]
async fn a_delivered_letter_has_each_step_with_its_time_and_both_answers() {
    let world = World::new().await;
    world.deliver().await;
    let page = world.look("/?pace=live").await;
    // sent after 19 ms, routed after 21, collected after 97, a task after 145, answered after 245 and 345
    says(
        map(&page),
        &[
            "19 ms, 202",
            "21 ms, A20047",
            "A20047OT001",
            "97 ms",
            "145 ms",
            "20013 Success",
            "30001 Known here",
            "home, 345 ms",
        ],
    );
    says(
        &page,
        &[
            "Bill GARTON",
            "969 363 2109",
            "is delivered. Both answers are back at Starling after 345 ms.",
        ],
    );
    says(
        part(&page, "class=\"road\"", "<form"),
        &["20013", "245 ms", "345 ms"],
    );
    does_not_say(&page, &["style=", "<script>"]);
}

#[tokio::test]
async fn each_step_can_be_looked_at_by_its_address_and_shows_nothing_that_came_later() {
    let world = World::new().await;
    world.deliver().await;
    let page = world.look("/?journey=1&step=2").await;
    says(map(&page), &["GARTON 19 ms", "not asked yet"]);
    does_not_say(map(&page), &["21 ms", "97 ms", "20013"]);
    says(
        &page,
        &[
            "Step 2 of 6",
            "answered 202",
            "POST",
            "mex-localid:",
            "A81001",
            "HTTP",
            "202 Accepted",
        ],
    );
    let page = world.look("/?journey=1&step=5").await;
    says(
        &page,
        &[
            "Step 5 of 6",
            "began to download at 83 ms and was in IN at 97 ms",
            "GET",
            "/inbox/",
        ],
    );
    does_not_say(map(&page), &["145 ms", "20013"]);
    let page = world.look("/?journey=1&step=7").await;
    says(&page, &["20013 Success", "at Starling’s GP system"]);
    does_not_say(map(&page), &["30001"]);
    for step in ["0", "9", "x", "-1"] {
        world.look(&format!("/?journey=1&step={step}")).await;
    }
}

#[tokio::test]
async fn the_files_of_a_letter_can_be_looked_into_and_its_token_cannot() {
    let world = World::new().await;
    world.deliver().await;
    let page = world.look("/?journey=1&step=1").await;
    says(
        &page,
        &[
            "6ADE91.dat",
            "6ADE91.ctl",
            "application/pdf",
            "no finding",
            "by the rules of Send Document",
        ],
    );
    let letter = world.look("/journeys/1/letter.dat").await;
    says(&letter, &["MessageHeader", "GARTON"]);
    says(
        &world.look("/journeys/1/letter.ctl").await,
        &["<DTSControl"],
    );
    let page = world.look("/?journey=1&step=2").await;
    says(&page, &["NHSMESH A81001OT001:… (hidden)"]);
}

#[tokio::test]
async fn an_unknown_patient_is_stopped_at_pds_with_what_it_means_and_what_to_do() {
    let world = World::new().await;
    let (_, message) = world.send(UNKNOWN).await;
    world.route().await;
    let page = world.look("/?pace=live").await;
    says(
        &page,
        &[
            "EPL-153",
            "NHS Number not found",
            "No practice has received the letter; Starling still has it.",
            "What to do",
            "Correct the consultation.",
            "none will come",
            "Send one with the right number",
            "Not delivered: EPL-153",
            message.as_str(),
        ],
    );
    says(
        map(&page),
        &[
            "knows nobody by",
            "21 ms, EPL-153",
            "not asked",
            "stopped",
            "Report EPL-153",
            "m-stop",
        ],
    );
    does_not_say(map(&page), &["20013", "one mailbox"]);
}

#[tokio::test]
async fn a_practice_without_a_mailbox_is_stopped_at_the_endpoint_lookup() {
    let world = World::new().await;
    world.send(KILLEN).await;
    world.route().await;
    let page = world.look("/?pace=live").await;
    says(map(&page), &["no mailbox there", "EPL-151"]);
    says(
        &page,
        &["EPL-151: No mailbox matched", "at the endpoint lookup"],
    );
}

#[tokio::test]
async fn answers_that_refuse_are_red_on_the_road_back() {
    let world = World::new().await;
    let (letter, message) = world.send(GARTON).await;
    world.route().await;
    world.collect(&message).await;
    world
        .answer(&letter, &message, AnswerClass::Infrastructure, 20_009)
        .await;
    let page = world.look("/?pace=live").await;
    says(map(&page), &["refuses it:", "m-env-bad", "m-pipe-bad"]);
    says(
        &page,
        &["20009", "nobody there will work on it", "What to do"],
    );

    let (letter, message) = world.send(GARTON).await;
    world.route().await;
    world.collect(&message).await;
    world.take(&message);
    world
        .answer(&letter, &message, AnswerClass::Infrastructure, 20_013)
        .await;
    world
        .answer(&letter, &message, AnswerClass::Business, 30_002)
        .await;
    let page = world.look("/?pace=live").await;
    says(map(&page), &["20013 Success", "30002 Not known here"]);
    says(&page, &["could read the letter, and does not keep it"]);
}

#[tokio::test]
async fn while_pds_is_away_the_letter_waits_with_its_tries_and_arrives_when_it_is_back() {
    let world = World::new().await;
    world.switches.on.lock().push(Fault::PdsAway);
    world.send(GARTON).await;
    world.route().await;
    world.pass(3_000);
    world.exchange.route_due().await.unwrap();
    let page = world.look("/?pace=live").await;
    says(
        map(&page),
        &[
            "switched off",
            "no answer,",
            "tried 2 times",
            "next in ",
            "1 waiting",
        ],
    );
    says(
        &page,
        &[
            "because you switched it off",
            "Switch PDS on again",
            "1 letter waits",
            "After 24 hours",
        ],
    );
    world.switches.on.lock().clear();
    world.pass(10_000);
    world.exchange.route_due().await.unwrap();
    let page = world.look("/?pace=live").await;
    says(map(&page), &["one mailbox"]);
    does_not_say(&page, &["switched off", "letter waits"]);
}

#[tokio::test]
async fn a_letter_that_the_client_cannot_send_waits_at_its_practice() {
    let world = World::new().await;
    world.write(GARTON);
    for _ in 0..3 {
        world.pass(1_000);
        world.recorder.unsent(&id(STARLING));
    }
    world.switches.on.lock().push(Fault::ServerBusy);
    let page = world.look("/?pace=live").await;
    says(map(&page), &["not taken yet", "tried 3 times", "says 503"]);
    says(
        &page,
        &[
            "because you told it to",
            "Let the server answer again",
            "nothing is sent twice",
        ],
    );
}

#[tokio::test]
async fn a_letter_without_an_answer_says_so_after_a_while() {
    let world = World::new().await;
    let (_, message) = world.send(GARTON).await;
    world.route().await;
    world.collect(&message).await;
    world.take(&message);
    world.pass(130_000);
    let page = world.look("/?pace=live").await;
    says(&page, &["No answer yet", "no answer has come for 2 min"]);
}

#[tokio::test]
async fn ten_times_slower_the_page_tells_what_has_happened_in_its_turn() {
    let world = World::new().await;
    world.deliver().await;
    let again = world.get(ExchangeRole::Observer, "/again?journey=1").await;
    let telling = again.headers()[LOCATION].to_str().unwrap().to_owned();
    assert!(telling.starts_with("/?journey=1&since="), "{telling}");
    does_not_say(map(&world.look(&telling).await), &["19 ms, 202", "20013"]);
    world.pass(250);
    let page = world.look(&telling).await;
    says(map(&page), &["19 ms, 202", "21 ms"]);
    does_not_say(map(&page), &["97 ms", "20013"]);
    says(&page, &["data-renew-after"]);
    world.pass(5_000);
    says(map(&world.look(&telling).await), &["home, 345 ms"]);
}

#[tokio::test]
async fn a_letter_that_comes_twice_is_two_journeys_and_each_answer_belongs_to_its_own() {
    let world = World::new().await;
    let (letter, first) = world.send(GARTON).await;
    world.route().await;
    world.collect(&first).await;
    world.take(&first);
    world
        .answer(&letter, &first, AnswerClass::Infrastructure, 20_013)
        .await;
    world
        .answer(&letter, &first, AnswerClass::Business, 30_001)
        .await;
    let second = world.send_from(STARLING, &letter).await;
    world.route().await;
    world.collect(&second).await;
    world.recorder.keep_received(&second, letter.pair());
    world
        .answer(&letter, &second, AnswerClass::Infrastructure, 20_007)
        .await;
    let page = world.look("/?pace=live").await;
    says(&page, &["20007", "Bill GARTON</b> again"]);
    says(map(&page), &["it came before"]);
    let page = world.look("/?pace=live&journey=1").await;
    says(map(&page), &["20013 Success", "30001 Known here"]);
}

#[tokio::test]
async fn only_the_last_twenty_letters_are_kept() {
    let world = World::new().await;
    for _ in 0..23 {
        world.send(GARTON).await;
    }
    let page = world.look("/").await;
    assert_eq!(page.matches("class=\"trip").count(), 20);
    says(&page, &["journey=23", "journey=4"]);
    does_not_say(&page, &["journey=3\""]);
    says(
        &world.look("/?journey=3").await,
        &["This letter is not kept any more."],
    );
}
