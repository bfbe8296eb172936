import { render } from 'preact';
import { isFile, showEmbedded } from './data/session';
import { App } from './shell/App';
import { followLinks } from './shell/link';
import './styles/theme.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/matrix.css';
import './styles/provenance.css';
import './styles/walk.css';
import './styles/attention.css';
import './styles/search.css';
import './styles/labs.css';

if (isFile) showEmbedded();
else followLinks();

const place = window.document.getElementById('page');
if (place !== null) render(<App />, place);
