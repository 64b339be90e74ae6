//! Who waits for a mailbox hears of what comes into its inbox.

use futures_util::FutureExt;
use mail_store::{NewMessage, Op, Place};

use crate::kit::*;

pub async fn whatever_brings_a_message_wakes_its_mailbox_only(backend: Backend) {
    let store = backend.open().await;
    // when it has its connection for what other servers say
    let wakes_all_once = matches!(backend, Backend::ScaledOut { .. });
    let waits = store.arrivals().subscribe(&mailbox(RECIPIENT));
    let of_sender = store.arrivals().subscribe(&mailbox(SENDER));
    let upload = NewMessage {
        total_chunks: 2,
        body: Some(inline(b"one")),
        ..new(3)
    };
    let last_chunk = Op::Chunk {
        message: id(3),
        number: 2,
        body: inline(b"two"),
        at: at(100),
    };
    let redeliver = Op::Redeliver {
        message: id(1),
        at: at(800),
    };
    for (is_arrival, op) in [
        (true, into_inbox(1)),
        (false, to_patient(2, 1)),
        (true, deliver(2)),
        (false, accept(upload, Place::Uploading(None))),
        (true, last_chunk),
        (true, routed(4, 4)),
        (false, acknowledge(1, RECIPIENT)),
        (true, redeliver),
    ] {
        let (next, elsewhere) = (waits.next(), of_sender.next());
        let said = format!("{op:?}");
        done(&store, op).await;
        if is_arrival {
            next.await;
        } else if !wakes_all_once {
            assert!(next.now_or_never().is_none(), "{said}");
        }
        assert!(
            wakes_all_once || elsewhere.now_or_never().is_none(),
            "{said}"
        );
    }
    assert_eq!(inbox(&store, RECIPIENT).await, ids([2, 3, 4, 1]));
}
