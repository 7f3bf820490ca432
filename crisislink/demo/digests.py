"""SHA-256 of the rendered clips. Written by `python -m crisislink.demo.scenes`; not by hand."""

DIGESTS: dict[str, str] = {
    "allee": "3530a51d31a3a38ca76cec1ce3487462ef57474d610b6a2a489046af65ab2d52",
    "allee.sub": "807d98320d205f954905a21ab4223478db64398b44148baf50b9e80df2447e9d",
    "boulevard": "afaa09033bec4eb0107abd2d7e927a3373fa5f59441a1b7e6727852f9ef13d23",
    "boulevard.sub": "3c64be7797b3ca01f80e6decd0f725353caae3636607bdce842b7f8f04643e6f",
    "boulevard_pluie": "0eec6e9d8d6c0cf98bb2fae6d5b96b561dc647c0dac06111a048b2f1ae68e481",
    "canal": "c9b5d119b9c8258496fe9833ce239f2e6aee17b5f716ebdac82562d4870b4606",
    "carrefour": "9a356798cb7efa9af4f27f311db18482f068253617f5ecf213c2d5f26234fce9",
    "faubourg": "1ed1fbf253af91708c4fee91845cc7c0582e0b8e610dc279dea13a046cc11bf1",
    "gare": "8ec6c58e49cd98c57f0cc31860d54296a1b38e8856f9168d3084b6315596554a",
    "gare.sub": "7f646964137425e03fd757a5345d94c6a111b8cfc653294383ee3031815bb7f3",
    "metro": "5e9e24e4036ddd73fa749ba19029788668975db5aef47ddb510922738d4f8d8d",
    "place": "a9d92ad45e5be7c145bcaab7a66c7c410d5d7decf7b7ea8f1979ba0a6d4236b5",
    "place_nuit": "9aa889b4dfba7f7b9bf401de3e6cfe3826f67b458eb63f9101f1fe58c6934f06",
    "pont": "4086fab6a9bcab54e5c90ff4433ed147812d7ceb53c65c644864739500594987",
    "rocade": "14bdc622603686e4a53f7d624ac386edc332b2a9f1e81210536c921b69083603",
    "rue_brique": "3c0bd96e197f2140e984c86831f364fbcab6e93d8a8781afae8ad09c07ff13b0",
    "rue_brique.sub": "05eac3f6524065e7d036e04a0d65f1f966ed0b7451e8831bf60c1dd7612c06c3",
    "rue_nuit": "e2041afc75021410b9af8e29aa33de6cc022cd24c718d85c61a637538f0beece",
    "stade": "b6f742a7bd06350e8c4a7bda0718d44d52c1bf4684ab3aeb26f0ef4b6bf52db8",
}
