/** What the declaration says. Not among the words of every page: only who opens it reads it. */
import type { Language } from '../../words';

interface Section {
  heading: string;
  paragraphs: readonly string[];
  list?: readonly string[];
}

interface Declaration {
  title: string;
  sections: readonly Section[];
  contact: string;
  contactLead: string;
  contactNone: string;
}

export const DECLARATION: Record<Language, Declaration> = {
  fr: {
    title: 'Déclaration d’accessibilité',
    sections: [
      {
        heading: 'État de conformité',
        paragraphs: [
          'CrisisLink est non conforme au RGAA 4.1 : aucun audit n’a encore été mené par une personne. Rien ne permet donc d’affirmer plus, même si les contrôles ci-dessous passent tous.',
          'Cette déclaration porte sur toutes les pages du service. Établie le 28 novembre 2026.',
        ],
      },
      {
        heading: 'Ce qui est vérifié à chaque version',
        paragraphs: ['Par des essais automatiques, dans un vrai navigateur :'],
        list: [
          'axe-core 4.13 (règles WCAG 2.2 A et AA, et bonnes pratiques) sans défaut sur chaque page, thèmes clair et sombre, dans ses états principaux ;',
          'demander, approuver, refuser, prolonger, agrandir, couper, libérer au clavier seul ; les touches d’une lettre se désactivent ;',
          'chaque état dit par une forme, un mot et une couleur, avec le même numéro sur le plan, la liste et l’image ;',
          'textes complets en français et en anglais ; animations réduites si le système le demande ; tailles en rem.',
        ],
      },
      {
        heading: 'Contenus non accessibles, et ce qui les remplace',
        paragraphs: [],
        list: [
          'Le plan est un dessin : sa liste (bouton « Liste des caméras de la carte ») a toutes ses caméras et leur état en mots, et chaque geste de la souris y a une touche.',
          'Les images de caméra sont du direct sans son ni description (contenu exempté : média en direct). Leur état, leur retard et leur temps restant sont du texte.',
          'Aucun lecteur d’écran n’a été essayé par une personne qui s’en sert chaque jour.',
        ],
      },
      {
        heading: 'Technologies et environnement de test',
        paragraphs: [
          'HTML, CSS, JavaScript, Canvas, WebCodecs, WebSocket. Essais : Chromium sous Debian 12, de 1280 × 800 à 3840 × 2160.',
        ],
      },
      {
        heading: 'Voies de recours',
        paragraphs: [
          'Si un défaut d’accessibilité vous empêche de travailler et que la réponse ne vous satisfait pas : Défenseur des droits, defenseurdesdroits.fr, téléphone 09 69 39 00 00, ou par courrier gratuit, sans timbre : Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07.',
        ],
      },
    ],
    contact: 'Signaler un défaut',
    contactLead: 'À l’informatique de votre organisation, qui transmet :',
    contactNone: 'Aucun contact n’est renseigné ; demandez à votre encadrement.',
  },
  en: {
    title: 'Accessibility statement',
    sections: [
      {
        heading: 'Compliance status',
        paragraphs: [
          'CrisisLink is not compliant with RGAA 4.1: no audit by a person has been made yet. Nothing more can be claimed, although all checks below pass.',
          'This statement covers all pages of the service. Made on 28 November 2026.',
        ],
      },
      {
        heading: 'What is checked with each version',
        paragraphs: ['By automatic tests, in a real browser:'],
        list: [
          'axe-core 4.13 (rules of WCAG 2.2 A and AA, and best practices) finds nothing on any page, light and dark, in its main states;',
          'asking, approving, refusing, extending, enlarging, cutting, releasing by keyboard alone; single-letter keys can be switched off;',
          'each state is told by a shape, a word and a colour, with the same number on map, list and picture;',
          'complete words in French and English; less motion where the system asks for it; sizes in rem.',
        ],
      },
      {
        heading: 'What is not accessible, and what stands in for it',
        paragraphs: [],
        list: [
          'The map is a drawing: its list (button “List of the map’s cameras”) has all its cameras and their states in words, and each act of the mouse has a key there.',
          'Camera pictures are live, without sound or description (exempt: live media). Their state, delay and time left are text.',
          'No screen reader has been tried by a person who uses one every day.',
        ],
      },
      {
        heading: 'Technologies and test environment',
        paragraphs: [
          'HTML, CSS, JavaScript, Canvas, WebCodecs, WebSocket. Tested with Chromium on Debian 12, from 1280 × 800 to 3840 × 2160.',
        ],
      },
      {
        heading: 'Redress',
        paragraphs: [
          'If a defect keeps you from working and the answer does not satisfy you: Défenseur des droits, defenseurdesdroits.fr, telephone 09 69 39 00 00, or free of charge by post: Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07, France.',
        ],
      },
    ],
    contact: 'Report a defect',
    contactLead: 'To your organisation’s IT, who passes it on:',
    contactNone: 'No contact is configured; ask your management.',
  },
};
